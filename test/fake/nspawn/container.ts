import { visibleAt } from '../proc/mount-table.ts'
import { addNamespace, namespaceTable, OWN_NAMESPACE } from '../proc/mounts.ts'
import { addProcess, endProcess, type FakeProcess, statText } from '../proc/processes.ts'
import type { FakeSystem } from '../system.ts'
import { file, liveFile } from '../tree.ts'

/* The processes and the control group of one container. */

/** What a container is, whoever starts it. */
export interface FakeContainer {
  readonly machine: string
  readonly directory: string
  /** The unit, and its control group among those of the node. */
  readonly unit: string
  readonly cgroup: string
  readonly supervisor: FakeProcess
  readonly init: FakeProcess
  isFrozen: boolean
  /** How many times systemd-nspawn was asked to end. */
  requests: number
}

export interface Reactions {
  /** A SIGTERM to systemd-nspawn, by the number of such signals. */
  readonly asked: (container: FakeContainer) => void
  /** The init gets the signal by which it shuts down. */
  readonly told: (container: FakeContainer) => void
  /** The kernel is asked to kill all of it. */
  readonly killed: (container: FakeContainer) => void
}

let lastPid = 2000

/** Starts the processes of a container. */
export function addContainer(
  system: FakeSystem,
  where: Pick<FakeContainer, 'machine' | 'directory' | 'unit' | 'cgroup'> & {
    readonly words?: readonly string[]
    readonly initName?: string
  },
  { asked, told, killed }: Reactions,
): FakeContainer {
  const { machine, directory, unit, cgroup, words = [], initName = 'systemd' } = where
  lastPid += 2
  const supervisor: FakeProcess = { pid: lastPid, name: 'systemd-nspawn', startTime: String(lastPid) }
  const namespace = `mnt:[${4026540000 + lastPid}]`
  const init: FakeProcess = {
    pid: lastPid + 1,
    name: initName,
    parent: lastPid,
    startTime: String(lastPid + 1),
    namespace,
  }
  const container: FakeContainer = { machine, directory, unit, cgroup, supervisor, init, isFrozen: false, requests: 0 }
  putRoot(system, namespace, directory)
  putProcess(system, container, { ...supervisor, words: ['/usr/bin/systemd-nspawn', ...words] })
  putProcess(system, container, { ...init, words: [`/sbin/${initName}`] })
  system.put(
    `/proc/${supervisor.pid}/task/${supervisor.pid}/children`,
    liveFile(() => childrenText(system, container)),
  )
  system.processes.set(supervisor.pid, signal => (signal === 'SIGTERM' ? asked(container) : killed(container)))
  system.processes.set(init.pid, signal => (signal === 'SIGKILL' ? killed(container) : told(container)))
  putCgroup(system, container, killed)
  return container
}

/** Its processes are gone, and the control group with them. */
export function removeContainer(system: FakeSystem, { supervisor, init, cgroup }: FakeContainer): void {
  for (const process of [init, supervisor]) if (system.processes.has(process.pid)) endProcess(system, process)
  const holder = cgroup.slice(0, cgroup.lastIndexOf('/'))
  if (system.list(holder).includes(cgroup.slice(holder.length + 1))) system.take(cgroup)
}

/** Shows a process of it in another state: D waits in the kernel, Z has ended. */
export function setState(system: FakeSystem, process: FakeProcess, state: string): void {
  system.put(`/proc/${process.pid}/stat`, statText(process, state))
}

/** The init has ended, and systemd-nspawn has not noticed yet, or is not there to notice. */
export function endOf(system: FakeSystem, process: FakeProcess): void {
  endProcess(system, process)
}

function childrenText(system: FakeSystem, { init }: FakeContainer): string {
  return system.processes.has(init.pid) ? `${init.pid} ` : ''
}

/** In its mount namespace, the directory is the root. */
function putRoot(system: FakeSystem, namespace: string, directory: string): void {
  const place = system.realPath(directory)
  const mount = visibleAt(namespaceTable(system, OWN_NAMESPACE), place)
  if (mount === undefined) throw new Error(`${place} is on no mount`)
  const below = place.slice(mount.mountPoint === '/' ? 0 : mount.mountPoint.length)
  addNamespace(system, namespace).splice(0, 1, { ...mount, root: below || '/', mountPoint: '/' })
}

function putProcess(
  system: FakeSystem,
  { cgroup, supervisor, unit }: FakeContainer,
  { words, ...process }: FakeProcess & { readonly words: readonly string[] },
): void {
  addProcess(system, process)
  const below = process.pid === supervisor.pid ? 'supervisor' : 'payload/init.scope'
  system.put(`/proc/${process.pid}/cmdline`, words.map(word => `${word}\0`).join(''))
  const path =
    process.pid === supervisor.pid && unit.endsWith('.scope')
      ? '/user.slice/session-3.scope'
      : `${cgroup.replace('/sys/fs/cgroup', '')}/${below}`
  system.put(`/proc/${process.pid}/cgroup`, `0::${path}\n`)
}

function putCgroup(system: FakeSystem, container: FakeContainer, killed: (container: FakeContainer) => void): void {
  const { cgroup, supervisor, init } = container
  const isThere = ({ pid }: FakeProcess) => system.processes.has(pid)
  const procs = (process: FakeProcess) => liveFile(() => (isThere(process) ? `${process.pid}\n` : ''))
  const events = liveFile(
    () => `populated ${isThere(supervisor) || isThere(init) ? 1 : 0}\nfrozen ${container.isFrozen ? 1 : 0}\n`,
  )
  const kill = (text: string) => {
    if (text.trim() === '1') killed(container)
  }
  const freeze = (text: string) => {
    container.isFrozen = text.trim() === '1'
  }
  system.put(`${cgroup}/cgroup.procs`, file(''))
  system.put(`${cgroup}/cgroup.events`, events)
  system.put(
    `${cgroup}/cgroup.kill`,
    liveFile(() => '', kill),
  )
  system.put(
    `${cgroup}/cgroup.freeze`,
    liveFile(() => `${container.isFrozen ? 1 : 0}\n`, freeze),
  )
  system.put(`${cgroup}/supervisor/cgroup.events`, events)
  system.put(`${cgroup}/supervisor/cgroup.procs`, procs(supervisor))
  system.put(`${cgroup}/payload/cgroup.events`, events)
  system.put(`${cgroup}/payload/cgroup.procs`, file(''))
  system.put(`${cgroup}/payload/init.scope/cgroup.events`, events)
  system.put(`${cgroup}/payload/init.scope/cgroup.procs`, procs(init))
}
