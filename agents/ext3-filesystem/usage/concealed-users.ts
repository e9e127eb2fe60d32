import { isAtOrBelow, mountFinder, type NamespaceHolder, namespaces } from '../../../system/proc/mount-namespaces.ts'
import { unescapeOctal } from '../../../system/proc/mountinfo.ts'
import { ifAlive, openFiles, processLink } from '../../../system/proc/processes.ts'
import type { System } from '../../../system/system.ts'
import { blockedOpens } from './blocked-opens.ts'
import { fileSystemsAt } from './file-systems-at.ts'
import type { TargetFilesystems, User } from './users.ts'

/*
 * Files that keep a file system busy and that no link in /proc shows: registered with an io_uring, being opened, or in flight in a UNIX
 * socket (SCM_RIGHTS). The search reads every descriptor of every process, so it comes last.
 */

/** How a process uses a FIFO that it waits to have opened. */
export const A_FIFO = 'a FIFO that it opens'

/** The processes that have a file registered with an io_uring, or wait in open(2) for the other end of a FIFO. */
export async function concealedUsers(system: System, targets: TargetFilesystems, signal: AbortSignal): Promise<User[]> {
  const users: User[] = []
  for (const { mounts, processes } of namespaces(system)) {
    const mountOf = mountFinder(mounts)
    const isTarget = (path: string) => {
      const device = mountOf(path)?.device
      if (device !== undefined) return targets.devices.has(device)
      return [...targets.points].some(point => isAtOrBelow(path, point))
    }
    for (const process of processes) {
      const uses =
        fileOfRing(registeredFiles(system, process), isTarget) ??
        (await opensFifoOn(system, process, { targets, signal }))
      if (uses !== undefined) users.push({ ...process, uses })
    }
  }
  return users
}

/**
 * The processes that have had files in flight in a socket for a while: what files they are shows nowhere, but a receiver that takes
 * them makes them visible, and one that does not is rare.
 */
export async function holdersInFlight(system: System, signal: AbortSignal): Promise<User[]> {
  const first = inFlight(system)
  if (first.length === 0) return []
  await system.sleep(500, signal)
  const again = new Set(inFlight(system).map(user => `${user.pid} ${user.startTime} ${user.uses}`))
  return first.filter(user => again.has(`${user.pid} ${user.startTime} ${user.uses}`))
}

/** Since Linux 5.12 the descriptor of a socket shows how many. */
function inFlight(system: System): User[] {
  return namespaces(system).flatMap(({ processes }) =>
    processes.flatMap(process => {
      const fd = descriptors(system, process, 'socket:').find(number =>
        /^scm_fds:\s*[1-9]/m.test(fdinfo(system, process, number)),
      )
      return fd === undefined ? [] : [{ ...process, uses: `files in flight in socket fd/${fd}` }]
    }),
  )
}

/** The files that are registered with an io_uring of a process. */
export interface Ring {
  readonly fd: string
  readonly paths: readonly string[]
}

/** By each io_uring of a process. Since Linux 6.0 with whole paths. */
export function registeredFiles(system: System, process: NamespaceHolder): Ring[] {
  return descriptors(system, process, 'anon_inode:[io_uring]').map(fd => {
    const [, files = ''] = fdinfo(system, process, fd).split(/^UserFiles:.*\n/m)
    return { fd, paths: [...files.matchAll(/^ *\d+: (\/.*)$/gm)].map(([, path = '']) => unescapeOctal(path)) }
  })
}

/** How a process uses a file of an io_uring whose path is a target's. */
export function fileOfRing(rings: readonly Ring[], isTarget: (path: string) => boolean): string | undefined {
  const ring = rings.find(({ paths }) => paths.some(isTarget))
  return ring && `a file of io_uring fd/${ring.fd}`
}

async function opensFifoOn(
  system: System,
  { pid }: NamespaceHolder,
  { targets, signal }: { readonly targets: TargetFilesystems; readonly signal: AbortSignal },
) {
  const places = (await blockedOpens(system, pid)).map(({ place }) => place)
  if (places.length === 0) return undefined
  // a name may be another's by now, and lead anywhere
  const found = await fileSystemsAt(system, places, signal)
  return places.some(place => targets.devices.has(found.get(place) ?? '')) ? A_FIFO : undefined
}

function descriptors(system: System, { home }: NamespaceHolder, kind: string): string[] {
  return openFiles(system, home).filter(fd => processLink(system, `${home}/fd/${fd}`)?.startsWith(kind))
}

function fdinfo(system: System, { home }: NamespaceHolder, fd: string): string {
  return ifAlive(() => system.read(`${home}/fdinfo/${fd}`)) ?? ''
}
