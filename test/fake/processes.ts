import { addNamespace, mountIdOf, mountInfoText, namespaceTable, OWN_NAMESPACE } from './mounts.ts'
import type { FakeSystem, FakeTool } from './system.ts'
import { directory, file, link, liveFile } from './tree.ts'

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
  /** Which signals end it; by default both do. */
  readonly endsBy?: readonly ('SIGTERM' | 'SIGKILL')[]
  /** Called when it has ended. */
  readonly ended?: () => void
}

export const AGENT_PID = 1000
export const AGENT_PARENT = 999

/** Starts a process; a signal that ends it takes it out of /proc. */
export function addProcess(system: FakeSystem, process: FakeProcess): void {
  const { pid, namespace = OWN_NAMESPACE, endsBy = ['SIGTERM', 'SIGKILL'] } = process
  const home = `/proc/${pid}`
  system.put('/proc/self/ns/mnt', link(OWN_NAMESPACE))
  system.put('/proc/self/stat', statText({ pid: AGENT_PID, name: 'agent', parent: AGENT_PARENT }))
  system.put(`${home}/ns/mnt`, link(namespace))
  system.put(`${home}/stat`, statText(process))
  system.put(`${home}/comm`, `${process.name}\n`)
  system.put(
    `${home}/mountinfo`,
    liveFile(() => mountInfoText(namespaceTable(system, namespace))),
  )
  putThread(system, home, process)
  system.put(`${home}/maps`, (process.maps ?? []).map(line => `${line}\n`).join(''))
  system.put(`${home}/task`, directory())
  for (const [index, cwd] of [process.cwd ?? '/', ...(process.threads ?? [])].entries())
    putThread(system, `${home}/task/${pid + index}`, { ...process, cwd, ...(index > 0 && { files: [] }) })
  system.tools.set('grep', grep(system))
  system.processes.set(pid, signal => {
    if (endsBy.includes(signal)) endProcess(system, process)
  })
}

export function endProcess(system: FakeSystem, { pid, ended }: FakeProcess): void {
  system.take(`/proc/${pid}`)
  system.processes.delete(pid)
  ended?.()
}

/** Another mount namespace. */
export { addNamespace }

function statText({ pid, name, parent = 1, group = 0, startTime = '4711' }: FakeProcess): string {
  return `${pid} (${name}) S ${parent} ${group} ${'0 '.repeat(16)}${startTime} 0 0\n`
}

function putThread(system: FakeSystem, home: string, process: FakeProcess): void {
  const { cwd = '/', root = '/', files = [], namespace = OWN_NAMESPACE } = process
  system.put(`${home}/cwd`, link(cwd))
  system.put(`${home}/root`, link(root))
  system.put(`${home}/exe`, link('/usr/bin/sleep'))
  system.put(`${home}/fd`, directory())
  for (const [index, path] of files.entries()) {
    system.put(`${home}/fd/${index}`, link(path))
    system.put(
      `${home}/fdinfo/${index}`,
      path.startsWith('/')
        ? liveFile(() => `pos:\t0\nflags:\t0100000\nmnt_id:\t${mountIdOf(system, namespace, path)}\nino:\t12\n`)
        : file('pos:\t0\nmnt_id:\t9\n'),
    )
  }
}

/** grep --files-with-matches … -- TEXT FILE… */
function grep(system: FakeSystem): FakeTool {
  return args => {
    const [text = '', ...files] = args.slice(args.indexOf('--') + 1)
    const found = files.filter(path => system.read(path).includes(text))
    return { status: found.length > 0 ? 0 : 1, stdout: found.map(path => `${path}\n`).join('') }
  }
}
