import type { FakeSystem } from './system.ts'
import { directory, link } from './tree.ts'

export interface FakeProcess {
  readonly pid: number
  readonly name: string
  readonly cwd?: string
  /** Paths of its open files. */
  readonly files?: readonly string[]
  /** Lines of /proc/PID/maps. */
  readonly maps?: readonly string[]
  /** Its mount namespace; by default that of the agent. */
  readonly namespace?: string
  /** Which signals end it; by default both do. */
  readonly endsBy?: readonly ('SIGTERM' | 'SIGKILL')[]
}

const OWN_NAMESPACE = 'mnt:[4026531841]'

/** Starts a process; a signal that ends it takes it out of /proc. */
export function addProcess(system: FakeSystem, process: FakeProcess): void {
  const { pid, name, cwd = '/', files = [], maps = [], namespace = OWN_NAMESPACE } = process
  const { endsBy = ['SIGTERM', 'SIGKILL'] } = process
  const home = `/proc/${pid}`
  system.put('/proc/self/ns/mnt', link(OWN_NAMESPACE))
  system.put(`${home}/ns/mnt`, link(namespace))
  system.put(`${home}/comm`, `${name}\n`)
  system.put(`${home}/cwd`, link(cwd))
  system.put(`${home}/root`, link('/'))
  system.put(`${home}/exe`, link('/usr/bin/sleep'))
  system.put(`${home}/fd`, directory())
  for (const [index, path] of files.entries()) system.put(`${home}/fd/${index}`, link(path))
  system.put(`${home}/maps`, maps.map(line => `${line}\n`).join(''))
  system.processes.set(pid, signal => {
    if (!endsBy.includes(signal)) return
    system.take(home)
    system.processes.delete(pid)
  })
}

/** Whether a process has anything open below a directory; looks into all namespaces, as the kernel does. */
export function isInUse(system: FakeSystem, path: string): boolean {
  const isBelow = (used: string) => used === path || used.startsWith(`${path}/`)
  return [...system.processes.keys()].some(pid => {
    const files = system.list(`/proc/${pid}/fd`).map(fd => system.readLink(`/proc/${pid}/fd/${fd}`))
    const maps = system.read(`/proc/${pid}/maps`).split('\n')
    const mapped = maps.map(line => line.split(/ +/)[5] ?? '')
    return [system.readLink(`/proc/${pid}/cwd`), ...files, ...mapped].some(isBelow)
  })
}
