import { deviceAt, holders } from './block.ts'
import { lineIn, namesIn } from './files.ts'
import { parseMountInfo } from './mounts.ts'
import { hasCode, ifPresent, type System } from './system.ts'

/** All that is seen to have a block device open, by its name in the kernel: `holders` and `processesUsing`. */
export function usersOfDevice(system: System, name: string): string[] {
  const number = lineIn(system, `/sys/block/${name}/dev`)
  return [...holders(system, name), ...(number === undefined ? [] : processesUsing(system, number))]
}

/**
 * The processes that have a block device open, and the mounts of it in other mount namespaces, each in a few words.
 * Reads links and text in /proc only; `number` is the device's `major:minor`.
 */
export function processesUsing(system: System, number: string): string[] {
  const pids = namesIn(system, '/proc').filter(name => /^\d+$/.test(name))
  return [...pids.flatMap(pid => openBy(system, pid, number)), ...mountsElsewhere(system, pids, number)]
}

function openBy(system: System, pid: string, number: string): string[] {
  const fds = whileAlive(() => namesIn(system, `/proc/${pid}/fd`)) ?? []
  const isOpen = fds.some(fd => {
    const path = whileAlive(() => system.readLink(`/proc/${pid}/fd/${fd}`))
    return path?.startsWith('/dev/') && whileAlive(() => deviceAt(system, path)) === number
  })
  return isOpen ? [`process ${nameOf(system, pid)}`] : []
}

function mountsElsewhere(system: System, pids: readonly string[], number: string): string[] {
  const own = ifPresent(() => system.readLink('/proc/self/ns/mnt'))
  const byNamespace = new Map<string, string>()
  for (const pid of pids) {
    const namespace = whileAlive(() => system.readLink(`/proc/${pid}/ns/mnt`))
    if (namespace !== undefined && namespace !== own && !byNamespace.has(namespace)) byNamespace.set(namespace, pid)
  }
  return [...byNamespace.values()].flatMap(pid => {
    const text = whileAlive(() => system.read(`/proc/${pid}/mountinfo`)) ?? ''
    const mounts = parseMountInfo(text).filter(({ device }) => device === number)
    return mounts.map(({ mountPoint }) => `mount ${mountPoint} in the mount namespace of ${nameOf(system, pid)}`)
  })
}

function nameOf(system: System, pid: string): string {
  return `${pid} (${whileAlive(() => system.read(`/proc/${pid}/comm`))?.trim() ?? 'gone'})`
}

/** A process may end while it is looked at. */
function whileAlive<T>(read: () => T): T | undefined {
  try {
    return ifPresent(read)
  } catch (error) {
    if (hasCode(error, 'ESRCH', 'EACCES', 'EPERM', 'EINVAL')) return undefined
    throw error
  }
}
