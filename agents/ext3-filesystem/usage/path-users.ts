import { isAtOrBelow, mountFinder, type NamespaceHolder } from '../../../system/proc/mount-namespaces.ts'
import { openFiles, processLink } from '../../../system/proc/processes.ts'
import { unixSockets } from '../../../system/proc/sockets.ts'
import type { System } from '../../../system/system.ts'
import { blockedOpen } from './blocked-opens.ts'
import { A_FIFO, fileOfRing, registeredFiles } from './concealed-users.ts'
import { fileSystemsAt, NOWHERE } from './file-systems-at.ts'
import { isOfSystem } from './process-owner.ts'
import { inTime, type Search } from './search.ts'
import type { User } from './users.ts'

/* Users of a file system that is no longer mounted anywhere: only the names of what they use remain, and lead nowhere. */

/** The processes that have bound a socket to a name below one of the mount points, or wait in open(2) for a FIFO there. */
export async function pathUsers(
  system: System,
  points: ReadonlySet<string>,
  { spaces, signal, isOver, believesNames }: Search,
): Promise<User[]> {
  const isBelow = (path: string) => [...points].some(point => isAtOrBelow(path, point))
  const uses: Use[] = []
  for (const { processes } of spaces) {
    const homes = processes.map(({ home }) => home)
    const bound = new Map(unixSockets(system, homes).flatMap(({ link, path }) => (isBelow(path) ? [[link, path]] : [])))
    for (const process of inTime(processes, isOver)) {
      if (believesNames || !isOfSystem(system, process.home)) uses.push(...boundSockets(system, process, bound))
      const open = await blockedOpen(system, process.home)
      if (open?.name.startsWith('/') && isBelow(open.name)) uses.push({ process, place: open.place, what: A_FIFO })
    }
  }
  return usersOfNothing(system, uses, signal)
}

/**
 * The processes with a file in an io_uring whose path leads nowhere. The path of a file on a detached mount does, because it begins
 * at the root of the mount; a file that another process has renamed looks the same.
 */
export function possiblePathUsers(system: System, { spaces, signal, isOver }: Search): Promise<User[]> {
  const uses = spaces.flatMap(({ mounts, processes }) => {
    const mountOf = mountFinder(mounts)
    const usesOf = (process: NamespaceHolder) =>
      registeredFiles(system, process).flatMap(ring =>
        ring.paths
          .filter(path => mountOf(path)?.mountPoint === '/')
          .map(path => ({ process, place: `${process.home}/root${path}`, what: fileOfRing([ring], () => true) ?? '' })),
      )
    return inTime(processes, isOver).flatMap(usesOf).toArray()
  })
  return usersOfNothing(system, uses, signal)
}

/** A process's use of a file, by a name that may lead nowhere. */
interface Use {
  readonly process: NamespaceHolder
  readonly place: string
  readonly what: string
}

/** The processes of the uses whose names lead nowhere. */
async function usersOfNothing(system: System, uses: readonly Use[], signal: AbortSignal): Promise<User[]> {
  const places = [...new Set(uses.map(({ place }) => place))]
  const found = await fileSystemsAt(system, places, signal)
  const users = new Map<number, User>()
  for (const { process, place, what } of uses)
    if (found.get(place) === NOWHERE && !users.has(process.pid)) users.set(process.pid, { ...process, uses: what })
  return [...users.values()]
}

function boundSockets(system: System, process: NamespaceHolder, sockets: ReadonlyMap<string, string>): Use[] {
  if (sockets.size === 0) return []
  const { home } = process
  return openFiles(system, home).flatMap(fd => {
    const path = sockets.get(processLink(system, `${home}/fd/${fd}`) ?? '')
    return path === undefined ? [] : [{ process, place: `${home}/root${path}`, what: `fd/${fd}` }]
  })
}
