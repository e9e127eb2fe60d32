import { namesIn } from '../../system/files.ts'
import { mountInfo } from '../../system/mounts.ts'
import { hasCode, ifPresent, type System } from '../../system/system.ts'

/** A process that uses a mount, and what of it. */
export interface User {
  readonly pid: number
  readonly name: string
  /** Such as `cwd` or `fd/3`. */
  readonly uses: string
}

/**
 * The processes in this mount namespace that use the file system on `directory`: as their current or root directory, their
 * program, an open file or a mapped one. Reads links and text in /proc only, never the file system itself: that would hang
 * while its disk is away.
 */
export function usersOf(system: System, directory: string, device: string): User[] {
  const own = readLink(system, '/proc/self/ns/mnt')
  // what uses another file system that is mounted below this one is none of ours
  const nested = mountInfo(system).flatMap(({ mountPoint }) => (isBelow(mountPoint, directory) ? [mountPoint] : []))
  const isOn = (path: string) =>
    (path === directory || isBelow(path, directory)) && !nested.some(other => path === other || isBelow(path, other))
  return namesIn(system, '/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => readLink(system, `/proc/${pid}/ns/mnt`) === own)
    .flatMap(pid => {
      const uses = useOf(system, `/proc/${pid}`, isOn, device)
      const name = whileAlive(() => system.read(`/proc/${pid}/comm`))?.trim()
      return uses === undefined || name === undefined ? [] : [{ pid: Number(pid), name, uses }]
    })
}

function isBelow(path: string, directory: string): boolean {
  return path.startsWith(`${directory}/`)
}

function useOf(system: System, process: string, isOn: (path: string) => boolean, device: string): string | undefined {
  const fds = whileAlive(() => namesIn(system, `${process}/fd`)) ?? []
  const links = ['cwd', 'root', 'exe', ...fds.map(fd => `fd/${fd}`)]
  return links.find(link => isOn(readLink(system, `${process}/${link}`) ?? '')) ?? mapOf(system, process, device)
}

/** proc(5): the fourth column of maps is the device, in hexadecimal. */
function mapOf(system: System, process: string, device: string): string | undefined {
  const hexadecimal = device
    .split(':')
    .map(number => Number(number).toString(16).padStart(2, '0'))
    .join(':')
  const maps = whileAlive(() => system.read(`${process}/maps`)) ?? ''
  return maps.split('\n').some(line => line.split(/ +/)[3] === hexadecimal) ? 'a mapped file' : undefined
}

function readLink(system: System, path: string): string | undefined {
  return whileAlive(() => system.readLink(path))
}

/** A process may end while it is looked at, and the links of a kernel thread lead nowhere. */
function whileAlive<T>(read: () => T): T | undefined {
  try {
    return ifPresent(read)
  } catch (error) {
    if (hasCode(error, 'ESRCH', 'EACCES', 'EPERM')) return undefined
    throw error
  }
}
