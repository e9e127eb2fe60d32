import { posix } from 'node:path'
import type { FakeSystem, FakeTool } from '../system.ts'
import { directory, file, link, liveFile } from '../tree.ts'
import { type FakeMount, idOf } from './mount-table.ts'
import { addNamespace, endNamespace, mountIdOf, mountInfoText, namespaceTable, OWN_NAMESPACE } from './mounts.ts'

export interface FakeProcess {
  readonly pid: number
  readonly name: string
  readonly parent?: number
  /** Its process group; by default that of all others. */
  readonly group?: number
  readonly startTime?: string
  readonly cwd?: string
  readonly root?: string
  /** Current directories of further threads. */
  readonly threads?: readonly string[]
  /** Paths of its open files; others, such as `socket:[12]`, as they are. */
  readonly files?: readonly string[]
  /** Lines of /proc/PID/maps. */
  readonly maps?: readonly string[]
  /** Its mount namespace; by default that of the agent. */
  readonly namespace?: string
  /** Its network namespace; by default that of the agent. */
  readonly network?: string
  /** It existed before the mounts: its directories are covered by them, on the root file system. */
  readonly isBeneath?: boolean
  /** Its current directory and files are on this mount, which was detached: their paths begin at its root. */
  readonly detached?: FakeMount
  /** Its first thread has ended before the others (pthread_exit). */
  readonly isHeadless?: boolean
  /** Which signals end it; by default both do. */
  readonly endsBy?: readonly ('SIGTERM' | 'SIGKILL')[]
  /** Called when it has ended. */
  readonly ended?: () => void
}

const OWN_NETWORK = 'net:[4026531840]'
export const AGENT_PID = 1000
export const AGENT_PARENT = 999

/** Starts a process; a signal that kills it removes it from /proc. */
export function addProcess(system: FakeSystem, process: FakeProcess): void {
  const { pid, cwd = '/', threads = [], endsBy = ['SIGTERM', 'SIGKILL'], isHeadless = false } = process
  const home = `/proc/${pid}`
  system.put('/proc/self/ns/mnt', link(OWN_NAMESPACE))
  system.put('/proc/self/stat', statText({ pid: AGENT_PID, name: 'agent', parent: AGENT_PARENT }))
  system.put(`${home}/stat`, statText(process))
  system.put(`${home}/comm`, `${process.name}\n`)
  if (!isHeadless) putThread(system, home, process)
  for (const [index, directory] of [cwd, ...threads].entries()) {
    const task = `${home}/task/${pid + index}`
    if (isHeadless && index === 0) system.put(`${task}/stat`, statText(process))
    else putThread(system, task, { ...process, cwd: directory, ...(index > 0 && { files: [] }) })
  }
  const { namespace = OWN_NAMESPACE } = process
  membersOf(system).set(namespace, (membersOf(system).get(namespace) ?? new Set<number>()).add(pid))
  system.tools.set('grep', grep(system))
  system.tools.set('stat', statTool(system))
  system.processes.set(pid, signal => {
    if (endsBy.some(one => one === signal)) endProcess(system, process)
  })
}

export function endProcess(system: FakeSystem, { pid, namespace = OWN_NAMESPACE, ended }: FakeProcess): void {
  system.take(`/proc/${pid}`)
  system.processes.delete(pid)
  membersOf(system).get(namespace)?.delete(pid)
  if (namespace !== OWN_NAMESPACE && membersOf(system).get(namespace)?.size === 0) endNamespace(system, namespace)
  ended?.()
}

/** By system and namespace, its processes. */
const members = new WeakMap<FakeSystem, Map<string, Set<number>>>()

function membersOf(system: FakeSystem): Map<string, Set<number>> {
  const known = members.get(system) ?? new Map<string, Set<number>>()
  members.set(system, known)
  return known
}

/** Another mount namespace. */
export { addNamespace }

/** /proc/PID/stat of a process. */
export function statText(process: FakeProcess, state = 'S'): string {
  const { pid, name, parent = 1, group = 0, startTime = '4711', threads = [] } = process
  const between = `${'0 '.repeat(14)}${1 + threads.length} 0`
  return `${pid} (${name}) ${state} ${parent} ${group} ${between} ${startTime} 0 0\n`
}

function putThread(system: FakeSystem, home: string, process: FakeProcess): void {
  const { cwd = '/', root = '/', files = [], namespace = OWN_NAMESPACE, network = OWN_NETWORK } = process
  system.put(`${home}/ns/mnt`, link(namespace))
  system.put(`${home}/ns/net`, link(network))
  if (network === OWN_NETWORK) system.put(`${home}/net`, link('/proc/net'))
  system.put(
    `${home}/mountinfo`,
    liveFile(() => mountInfoText(namespaceTable(system, namespace))),
  )
  system.put(`${home}/maps`, (process.maps ?? []).map(line => `${line}\n`).join(''))
  const { mountId, stat } = system
  const { detached } = process
  const isDetached = (path: string) => path === `${home}/cwd` || path.startsWith(`${home}/fd/`)
  if (detached) system.stat = path => (isDetached(path) ? { ...stat('/'), fileSystem: detached.device } : stat(path))
  const idAt = (path: string) => (detached ? idOf(detached) : mountIdOf(system, namespace, path))
  const places = new Map(Object.entries({ cwd, root, exe: '/usr/bin/sleep' }))
  for (const [name, path] of places) system.put(`${home}/${name}`, link(path))
  system.mountId = path => {
    const place = posix.dirname(path) === home ? places.get(posix.basename(path)) : undefined
    if (detached && place !== undefined && isDetached(path)) return idOf(detached)
    return place === undefined ? mountId(path) : mountIdOf(system, namespace, process.isBeneath ? '/' : place)
  }
  system.put(`${home}/fd`, directory())
  for (const [index, path] of files.entries()) {
    system.put(`${home}/fd/${index}`, link(path))
    system.put(
      `${home}/fdinfo/${index}`,
      path.startsWith('/')
        ? liveFile(() => `pos:\t0\nflags:\t0100000\nmnt_id:\t${idAt(path)}\nino:\t12\n`)
        : file('pos:\t0\nmnt_id:\t9\n'),
    )
  }
}

/** stat --format=%Hd:%Ld -- PATH */
function statTool(system: FakeSystem): FakeTool {
  return args => {
    try {
      return { status: 0, stdout: `${system.stat(args.at(-1) ?? '').fileSystem}\n` }
    } catch {
      return { status: 1, stderr: `stat: cannot statx '${args.at(-1)}': No such file or directory\n` }
    }
  }
}

/** grep --files-with-matches … -e TEXT -- FILE… */
function grep(system: FakeSystem): FakeTool {
  return args => {
    const end = args.indexOf('--')
    const texts = args.slice(0, end).filter((_, index) => args[index - 1] === '-e')
    const found = args.slice(end + 1).filter(path => texts.some(text => system.read(path).includes(text)))
    return { status: found.length > 0 ? 0 : 1, stdout: found.map(path => `${path}\n`).join('') }
  }
}
