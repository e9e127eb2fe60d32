import { visibleMount } from '../proc/mount-namespaces.ts'
import { type Mount, mountInfo } from '../proc/mountinfo.ts'
import type { Process } from '../proc/process-stat.ts'
import { childrenOf, hasNotEnded, ifAlive, processes } from '../proc/processes.ts'
import type { System } from '../system.ts'
import { cgroupEvents, processesIn } from './cgroup.ts'
import { cgroupOf, unitOf } from './unit.ts'

/** A container that systemd-nspawn runs on this node. */
export interface Container {
  /** Its name, if that of its unit tells it. */
  readonly machine: string | undefined
  readonly unit: string
  /** systemd-nspawn itself; undefined if it has ended before the processes of the container. */
  readonly supervisor: Process | undefined
  /** The first process of the container; undefined while it is being started, and when it has ended. */
  readonly init: Process | undefined
  readonly isFrozen: boolean
}

/** A directory of a file system, by which two paths to the same tree are compared. */
export interface Tree {
  /** `major:minor` of the file system. */
  readonly device: string
  readonly directory: string
}

/**
 * The container of that name that the agent has started; undefined when its unit has no process. Reads the control group and
 * /proc/PID/stat, which wait for no disk.
 */
export function containerOf(system: System, machine: string): Container | undefined {
  const unit = unitOf(machine)
  const cgroup = cgroupOf(unit)
  const events = cgroupEvents(system, cgroup)
  if (!events?.isPopulated) return undefined
  // systemd-nspawn moves itself from the one to the other
  const supervisors = [...processesIn(system, `${cgroup}/supervisor`), ...processesIn(system, cgroup)]
  const supervisor = supervisors.find(hasNotEnded)
  const init = supervisor && childrenOf(system, supervisor.pid)[0]
  return { machine, unit, supervisor, init, isFrozen: events.isFrozen }
}

/** A container of another unit, and its tree, if it has a process that shows it. */
export interface OtherContainer extends Container {
  readonly supervisor: Process
  readonly tree: Tree | undefined
}

/**
 * The containers of all other units, whoever has started them: root's processes of systemd-nspawn, each with its child. Any user can give
 * a process that name.
 */
export function otherContainers(system: System, ownUnit: string): OtherContainer[] {
  const all = processes(system).filter(hasNotEnded)
  const named = all.filter(({ name }) => name === 'systemd-nspawn')
  // before the init is started, its process is a copy of systemd-nspawn
  const supervisors = named.filter(
    ({ pid, parent }) =>
      !named.some(other => other.pid === parent) && ifAlive(() => system.stat(`/proc/${pid}`).owner) === 0,
  )
  return supervisors.flatMap(supervisor => {
    const init = all.find(({ parent }) => parent === supervisor.pid)
    const unit = unitOfProcess(system, init ?? supervisor)
    if (unit === ownUnit) return []
    return [{ machine: machineOf(unit), unit, supervisor, init, isFrozen: false, tree: init && rootOf(system, init) }]
  })
}

/** The tree to which a path without links leads in a table of mounts. */
export function treeAt(mounts: readonly Mount[], path: string): Tree | undefined {
  const mount = visibleMount(mounts, path)
  if (mount === undefined) return undefined
  const below = path.slice(mount.mountPoint === '/' ? 0 : mount.mountPoint.length)
  return { device: mount.device, directory: `${mount.root === '/' ? '' : mount.root}${below}` || '/' }
}

export function isSameTree(one: Tree | undefined, other: Tree | undefined): boolean {
  return one !== undefined && one.device === other?.device && one.directory === other.directory
}

/** What a process has as its root directory; undefined when it has ended. */
function rootOf(system: System, { pid }: Process): Tree | undefined {
  const mounts = ifAlive(() => mountInfo(system, `/proc/${pid}`)) ?? []
  const root = mounts.findLast(({ mountPoint }) => mountPoint === '/')
  return root && { device: root.device, directory: root.root }
}

/** The container that a process belongs to, by the unit that it is in; undefined for one that is in none, and when it has ended. */
export function machineOfProcess(system: System, process: Pick<Process, 'pid'>): string | undefined {
  return containerIn(unitOfProcess(system, process))
}

/** The container that a unit runs, by its name; undefined for any other unit, such as that of a virtual machine of libvirt. */
export function containerIn(unit: string): string | undefined {
  const machine = machineOf(unit)
  return machine?.startsWith('qemu-') ? undefined : machine
}

/** The word after an option among the arguments of systemd-nspawn; undefined without it, or when the process has ended. */
export function optionOf(system: System, { pid }: Process, option: string): string | undefined {
  const words = (ifAlive(() => system.read(`/proc/${pid}/cmdline`)) ?? '').split('\0')
  return words.includes(option) ? words[words.indexOf(option) + 1] : undefined
}

/** The unit in whose control group a process is, such as `machine-web0.scope`; its number when it is in none. */
function unitOfProcess(system: System, { pid }: Pick<Process, 'pid'>): string {
  const path = /^0::(.*)$/m.exec(ifAlive(() => system.read(`/proc/${pid}/cgroup`)) ?? '')?.[1] ?? ''
  return unitIn(path) ?? `process ${pid}`
}

/** The unit in the path of a control group, not one that runs in it. */
export function unitIn(path: string): string | undefined {
  return path.split('/').find(part => /\.(?:service|scope)$/.test(part))
}

/** The name in a unit that nspawn, its template or this agent makes; systemd escapes dashes in the first of these. */
function machineOf(unit: string): string | undefined {
  const [, scope, own] = /^(?:machine-(.+)\.scope|(?:systemd-nspawn@|vhacs-nspawn-)(.+)\.service)$/.exec(unit) ?? []
  return scope?.replace(/\\x([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))) ?? own
}
