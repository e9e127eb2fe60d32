import { namespaceTable, OWN_NAMESPACE } from '../proc/mounts.ts'
import type { FakeSystem, ToolResult } from '../system.ts'
import { directory, file, refuse } from '../tree.ts'
import { addContainer, endOf, type FakeContainer, removeContainer, setState } from './container.ts'

/* systemd with units of systemd-nspawn: a unit that is started boots for a while, and one that is stopped shuts down for a while. */

interface FakeUnit {
  readonly name: string
  readonly words: readonly string[]
  readonly invocation: string
  active: 'activating' | 'active' | 'deactivating' | 'failed'
  result: string
  status: number
  readyAt: number
  container: FakeContainer | undefined
}

export interface Nspawn {
  /** Those that systemd knows, by name. */
  readonly units: Map<string, FakeUnit>
  /** Containers that were not started by systemd-run. */
  readonly byHand: FakeContainer[]
  /** What the journal has, by invocation. */
  readonly journal: Map<string, string[]>
  /** A version from 256 on makes a mount for each container, and refuses one that is left. */
  hasExports: boolean
  bootMilliseconds: number
  /** What systemd-nspawn says in place of booting. */
  refusal: string | undefined
  /** Whether the init reacts to the request to shut down, systemd-nspawn to that to terminate, and the kernel to kill. */
  shutsDown: boolean
  terminates: boolean
  dies: boolean
  /** How long systemd-machined remembers a machine that has ended. */
  forgetMilliseconds: number
  /** The answer of the container's own systemd. */
  systemState: string
  statusText: string
  /** Another container than that of a unit of systemd-run. */
  startByHand(machine: string, directory: string, unit?: string): FakeContainer
  /** The container has called reboot, and starts again a second later. */
  reboot(container: FakeContainer): void
  /** It has ended, as after poweroff, or by a signal. */
  end(container: FakeContainer, how?: 'success' | 'signal' | 'exit-code'): void
}

export const SHUTDOWN_MILLISECONDS = 4000
const RESTART_MILLISECONDS = 1000
const ALREADY = (machine: string) => `Failed to register machine: Machine '${machine}' already exists`

/** A node with systemd-container, on which nothing runs. */
export function nspawn(system: FakeSystem): Nspawn {
  const state: Nspawn = {
    units: new Map(),
    byHand: [],
    journal: new Map(),
    hasExports: false,
    bootMilliseconds: 1500,
    refusal: undefined,
    shutsDown: true,
    terminates: true,
    dies: true,
    forgetMilliseconds: 0,
    systemState: 'running',
    statusText: 'Starting Network...',
    startByHand: (machine, place, unit = `machine-${machine.replaceAll('-', '\\x2d')}.scope`) => {
      const container = add(system, state, { machine, directory: place, unit, words: ['-bD', place] })
      state.byHand.push(container)
      return container
    },
    reboot: container => {
      const unit = unitOf(state, container)
      // systemd starts nothing that it was asked to stop
      if (unit === undefined || unit.active === 'deactivating') return end(system, state, container, 'success')
      forget(system, state, container)
      Object.assign(unit, { active: 'activating', container: undefined, readyAt: Number.POSITIVE_INFINITY })
      setTimeout(() => {
        if (state.units.get(unit.name) === unit) boot(system, state, unit)
      }, RESTART_MILLISECONDS)
    },
    end: (container, how = 'success') => end(system, state, container, how),
  }
  system.put('/usr/bin/systemd-nspawn', { ...file(''), permissions: 0o755 })
  system.put('/sys/fs/cgroup/cgroup.controllers', 'cpu memory pids\n')
  system.put('/sys/fs/cgroup/machine.slice', directory())
  for (const place of ['/run/systemd/transient', '/run/systemd/machines']) system.put(place, directory())
  return state
}

export const transientFile = (unit: string) => `/run/systemd/transient/${unit}`
export const exportPlace = (machine: string) => `/run/systemd/nspawn/unix-export/${machine}`

/** systemd starts the main process of a unit. */
export function boot(system: FakeSystem, state: Nspawn, unit: FakeUnit): void {
  const machine = optionValue(unit.words, '--machine')
  const isRegistered = system.list('/run/systemd/machines').includes(machine)
  const isExported = state.hasExports && isMountPoint(system, exportPlace(machine))
  const refusal =
    state.refusal ??
    (isRegistered ? ALREADY(machine) : undefined) ??
    (isExported ? `Mount point '${exportPlace(machine)}' exists already, refusing.` : undefined)
  if (refusal !== undefined) {
    state.journal.set(unit.invocation, [refusal])
    Object.assign(unit, { active: 'failed', result: 'exit-code', status: 1 })
    return
  }
  const container = add(system, state, {
    machine,
    directory: optionValue(unit.words, '--directory'),
    unit: unit.name,
    words: unit.words.slice(1),
    initName: unit.words.includes('--boot') && unit.words.includes('SIGRTMIN+4') ? 'systemd' : 'init',
  })
  Object.assign(unit, { active: 'activating', container, readyAt: Date.now() + state.bootMilliseconds })
  if (!state.hasExports) return
  const place = exportPlace(machine)
  const removed = () => (isMountPoint(system, place) ? refuse('EBUSY') : undefined)
  system.put(place, directory({ removed }))
  const mount = {
    device: '0:55',
    source: 'tmpfs',
    mountPoint: place,
    fileSystem: 'tmpfs',
    options: 'rw',
    superOptions: 'rw',
  }
  namespaceTable(system, OWN_NAMESPACE).push(mount)
}

function isMountPoint(system: FakeSystem, place: string): boolean {
  return namespaceTable(system, OWN_NAMESPACE).some(({ mountPoint }) => mountPoint === place)
}

export function optionValue(words: readonly string[], option: string): string {
  const value = words[words.indexOf(option) + 1]
  if (!words.includes(option) || value === undefined) throw new Error(`${option} is missing in ${words.join(' ')}`)
  return value
}

type Started = Pick<FakeContainer, 'machine' | 'directory' | 'unit'> & { words: readonly string[]; initName?: string }

function add(system: FakeSystem, state: Nspawn, started: Started): FakeContainer {
  system.put(`/run/systemd/machines/${started.machine}`, '# This is private data. Do not parse.\n')
  const cgroup = `/sys/fs/cgroup/machine.slice/${started.unit}`
  return addContainer(
    system,
    { ...started, cgroup },
    {
      asked: container => asked(system, state, container),
      told: container => {
        if (state.shutsDown) setTimeout(() => end(system, state, container, 'success'), SHUTDOWN_MILLISECONDS)
      },
      killed: container => {
        if (state.dies) end(system, state, container, 'signal')
        else for (const process of [container.supervisor, container.init]) setState(system, process, 'D')
      },
    },
  )
}

/** SIGTERM to systemd-nspawn. */
export function asked(system: FakeSystem, state: Nspawn, container: FakeContainer): void {
  container.requests += 1
  if (container.isFrozen) return
  const unit = unitOf(state, container)
  if (unit !== undefined) unit.active = 'deactivating'
  const isFirst = container.requests === 1
  if (isFirst ? !state.shutsDown : !state.terminates) return
  setTimeout(
    () => end(system, state, container, isFirst ? 'success' : 'exit-code'),
    isFirst ? SHUTDOWN_MILLISECONDS : 100,
  )
}

function unitOf({ units }: Nspawn, container: FakeContainer): FakeUnit | undefined {
  return [...units.values()].find(unit => unit.container === container)
}

function end(
  system: FakeSystem,
  state: Nspawn,
  container: FakeContainer,
  how: 'success' | 'signal' | 'exit-code',
): void {
  const unit = unitOf(state, container)
  const isKnown = unit !== undefined || state.byHand.includes(container)
  if (!isKnown) return
  forget(system, state, container)
  if (how !== 'signal') unexport(system, container.machine)
  if (unit === undefined) return
  unit.container = undefined
  if (how === 'success') unload(system, state, unit)
  else Object.assign(unit, { active: 'failed', result: how, status: how === 'signal' ? 9 : 1 })
}

export function unload(system: FakeSystem, { units }: Nspawn, { name }: FakeUnit): void {
  if (units.delete(name)) system.take(transientFile(name))
}

function unexport(system: FakeSystem, machine: string): void {
  const table = namespaceTable(system, OWN_NAMESPACE)
  const found = table.findIndex(({ mountPoint }) => mountPoint === exportPlace(machine))
  if (found < 0) return
  table.splice(found, 1)
  system.take(exportPlace(machine))
}

function forget(system: FakeSystem, state: Nspawn, container: FakeContainer): void {
  removeContainer(system, container)
  const index = state.byHand.indexOf(container)
  if (index >= 0) state.byHand.splice(index, 1)
  const take = () => system.take(`/run/systemd/machines/${container.machine}`)
  if (state.forgetMilliseconds === 0) take()
  else setTimeout(take, state.forgetMilliseconds)
}

/** systemd-nspawn is killed, and the processes of the container are left for a moment. */
export function killSupervisor(system: FakeSystem, { supervisor }: FakeContainer): void {
  endOf(system, supervisor)
}

export type { FakeUnit, ToolResult }
