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

/** This process and those that started it, up to the first of all. */
export function ancestry(system: System): number[] {
  const pids: number[] = []
  for (let next = processAt(system, 'self'); next && !pids.includes(next.pid); next = processAt(system, next.parent))
    pids.push(next.pid)
  return pids
}

/**
 * Where /proc shows what a process has: with itself or, when its first thread has ended before the others (pthread_exit) and
 * has nothing any more, with another thread. Undefined when it is gone.
 */
export function procDirectory(system: System, pid: number): string | undefined {
  const home = `/proc/${pid}`
  const isAlive = (place: string) => processLink(system, `${place}/ns/mnt`) !== undefined
  return isAlive(home) ? home : threadsOf(system, pid).find(isAlive)
}

/** Where /proc shows the threads of a process; none when it is gone. */
export function threadsOf(system: System, pid: number): string[] {
  const threads = ifAlive(() => listNames(system, `/proc/${pid}/task`)) ?? []
  return threads.map(thread => `/proc/${pid}/task/${thread}`)
}

/** The numbers of a process's open files; empty when it is gone. */
export function openFiles(system: System, home: string): string[] {
  return ifAlive(() => listNames(system, `${home}/fd`)) ?? []
}

/**
 * What one of the links in /proc/PID leads to; undefined for a kernel thread and for a process that is gone, and empty when it
 * is longer than the page that the kernel has for it.
 */
export function processLink(system: System, path: string): string | undefined {
  try {
    return ifAlive(() => system.readLink(path))
  } catch (error) {
    if (hasCode(error, 'ENAMETOOLONG')) return ''
    throw error
  }
}

/** What `read` returns of a process; undefined when it has ended meanwhile (EINVAL: the mounts of one that has, of a zombie). */
export function ifAlive<T>(read: () => T): T | undefined {
  try {
    return ifPresent(read)
  } catch (error) {
    if (hasCode(error, 'ESRCH', 'EACCES', 'EPERM', 'EINVAL')) return undefined
    throw error
  }
}
