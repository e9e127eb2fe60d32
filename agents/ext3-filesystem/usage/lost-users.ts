import { isAtOrBelow, mountOf, type NamespaceHolder, namespaces } from '../../../system/proc/mount-namespaces.ts'
import { openFiles, processLink } from '../../../system/proc/processes.ts'
import { unixSockets } from '../../../system/proc/sockets.ts'
import { isNotFound, type System } from '../../../system/system.ts'
import { blockedOpens } from './blocked-opens.ts'
import { A_FIFO, registeredFile } from './concealed-users.ts'
import type { User } from './users.ts'

/*
 * Users of a file system that is mounted nowhere any more: only names are left of what they use, which lead nowhere now.
 */

/** The processes with a socket bound to a name below one of the points, or that wait in open(2) for a FIFO there. */
export async function lostUsers(system: System, points: ReadonlySet<string>): Promise<User[]> {
  const users: User[] = []
  const isBelow = (path: string) => [...points].some(point => isAtOrBelow(path, point))
  for (const { processes } of namespaces(system)) {
    const homes = processes.map(({ home }) => home)
    const sockets = unixSockets(system, homes).filter(({ path }) => isBelow(path))
    for (const process of processes) {
      const bound = boundSocket(system, process, new Map(sockets.map(({ link, path }) => [link, path])))
      const opens = bound === undefined ? await blockedOpens(system, process.pid) : []
      const isLost = opens.some(({ name, place }) => name.startsWith('/') && isBelow(name) && isGone(system, place))
      const uses = bound ?? (isLost ? A_FIFO : undefined)
      if (uses !== undefined) users.push({ ...process, uses })
    }
  }
  return users
}

/**
 * The processes with a file in an io_uring whose path leads nowhere, as that of a file on a detached mount does: it begins at the root of
 * the mount. A file that somebody else has renamed looks the same.
 */
export function perhapsLostUsers(system: System): User[] {
  return namespaces(system).flatMap(({ mounts, processes }) =>
    processes.flatMap(process => {
      // below another mount the lookup could wait for a server
      const isLost = (path: string) =>
        mountOf(mounts, path)?.mountPoint === '/' && isGone(system, `${process.home}/root${path}`)
      const uses = registeredFile(system, process, isLost)
      return uses === undefined ? [] : [{ ...process, uses }]
    }),
  )
}

function boundSocket(system: System, { home }: NamespaceHolder, sockets: ReadonlyMap<string, string>) {
  if (sockets.size === 0) return undefined
  const fd = openFiles(system, home).find(number => {
    const path = sockets.get(processLink(system, `${home}/fd/${number}`) ?? '')
    return path !== undefined && isGone(system, `${home}/root${path}`)
  })
  return fd === undefined ? undefined : `fd/${fd}`
}

function isGone(system: System, path: string): boolean {
  try {
    system.stat(path)
    return false
  } catch (error) {
    return isNotFound(error)
  }
}
