import { listNames } from '../files.ts'
import { hasCode, ifPresent, type System } from '../system.ts'
import { type Process, parseProcessStat } from './process-stat.ts'

/** The processes of this node. */
export function processes(system: System): Process[] {
  return listNames(system, '/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => processAt(system, pid) ?? [])
}

/**
 * The process of that number; undefined when it has ended.
 * Reads /proc/PID/stat, which waits neither for a lock of the memory of the process nor for a disk.
 */
export function processAt(system: System, pid: number | string): Process | undefined {
  return parseProcessStat(ifAlive(() => system.read(`/proc/${pid}/stat`)) ?? '')
}

/**
 * The children of the first thread of a process that have not ended; empty when it has ended itself. Reads
 * /proc/PID/task/PID/children, which Debian's kernels have.
 */
export function childrenOf(system: System, pid: number): Process[] {
  const children = ifAlive(() => system.read(`/proc/${pid}/task/${pid}/children`)) ?? ''
  return children
    .split(' ')
    .flatMap(child => (/^\d+$/.test(child) ? (processAt(system, child) ?? []) : []))
    .filter(hasNotEnded)
}

/** Whether a process can still do something: a zombie has ended, and only its parent has not noticed. */
export function hasNotEnded({ state }: Process): boolean {
  return state !== 'Z' && state !== 'X'
}

/** The numbers of this process and its ancestors, up to the first process. */
export function ancestry(system: System): number[] {
  const pids: number[] = []
  for (let next = processAt(system, 'self'); next && !pids.includes(next.pid); next = processAt(system, next.parent))
    pids.push(next.pid)
  return pids
}

/**
 * The directory in /proc that shows the files and namespaces of a process: its own or, when its first thread has ended before the
 * others (pthread_exit), that of another thread. Undefined when the process has ended.
 */
export function procDirectory(system: System, pid: number): string | undefined {
  const own = `/proc/${pid}`
  const isAlive = (directory: string) => processLink(system, `${directory}/ns/mnt`) !== undefined
  return isAlive(own) ? own : threadsOf(system, pid).find(isAlive)
}

/** The directories in /proc of the threads of a process; empty when it has ended. */
export function threadsOf(system: System, pid: number): string[] {
  const threads = ifAlive(() => listNames(system, `/proc/${pid}/task`)) ?? []
  return threads.map(thread => `/proc/${pid}/task/${thread}`)
}

/** The numbers of a process's open files; empty when it has ended. */
export function openFiles(system: System, home: string): string[] {
  return ifAlive(() => listNames(system, `${home}/fd`)) ?? []
}

/** The numbers of a process's descriptors of one kind: those whose links begin with this text. */
export function descriptors(system: System, home: string, kind: string): string[] {
  return openFiles(system, home).filter(fd => processLink(system, `${home}/fd/${fd}`)?.startsWith(kind))
}

/** What /proc/PID/fdinfo shows of a descriptor; empty when it has been closed. */
export function fileInfo(system: System, home: string, fd: string): string {
  return ifAlive(() => system.read(`${home}/fdinfo/${fd}`)) ?? ''
}

/**
 * The target of a link in /proc/PID; undefined for a kernel thread and for a process that has ended, and empty when it is longer
 * than the page that the kernel provides for it.
 */
export function processLink(system: System, path: string): string | undefined {
  try {
    return ifAlive(() => system.readLink(path))
  } catch (error) {
    if (hasCode(error, 'ENAMETOOLONG')) return ''
    throw error
  }
}

/** The result of `read` on a process; undefined when the process has ended (EINVAL: the mounts of a zombie). */
export function ifAlive<T>(read: () => T): T | undefined {
  try {
    return ifPresent(read)
  } catch (error) {
    if (hasCode(error, 'ESRCH', 'EACCES', 'EPERM', 'EINVAL')) return undefined
    throw error
  }
}
