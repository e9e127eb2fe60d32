import { isAtOrBelow, mountFinder, type NamespaceHolder } from '../../../system/proc/mount-namespaces.ts'
import { unescapeOctal } from '../../../system/proc/mountinfo.ts'
import { descriptors, fileInfo } from '../../../system/proc/processes.ts'
import type { System } from '../../../system/system.ts'
import { blockedOpen } from './blocked-opens.ts'
import { fileSystemsAt } from './file-systems-at.ts'
import { inTime, type Search } from './search.ts'
import type { TargetFilesystems, User } from './users.ts'

/*
 * Files that keep a file system busy although no link in /proc shows them: registered with an io_uring, or being opened. The search
 * reads every descriptor of every process, so it comes late.
 */

/** How a process uses a FIFO that it is waiting to open. */
export const A_FIFO = 'a FIFO that it opens'

/** The processes that have registered a file with an io_uring, or wait in open(2) for the other end of a FIFO. */
export async function concealedUsers(
  system: System,
  targets: TargetFilesystems,
  { spaces, signal, isOver }: Search,
): Promise<User[]> {
  const users: User[] = []
  for (const { mounts, processes } of spaces) {
    const mountOf = mountFinder(mounts)
    const isTarget = (path: string) => {
      const device = mountOf(path)?.device
      if (device !== undefined) return targets.devices.has(device)
      return [...targets.points].some(point => isAtOrBelow(path, point))
    }
    for (const process of inTime(processes, isOver)) {
      const uses =
        fileOfRing(registeredFiles(system, process), isTarget) ??
        (await opensFifoOn(system, process, { targets, signal }))
      if (uses !== undefined) users.push({ ...process, uses })
    }
  }
  return oncePerProcess(users)
}

/** Each process once, with the first of its uses. */
export function oncePerProcess(users: readonly User[]): User[] {
  return [...new Map(users.toReversed().map(user => [user.pid, user])).values()].toReversed()
}

/** The files that are registered with an io_uring of a process. */
export interface Ring {
  readonly fd: string
  readonly paths: readonly string[]
}

/** The files by io_uring of a process. Since Linux 6.0 their whole paths are shown. */
export function registeredFiles(system: System, { home }: NamespaceHolder): Ring[] {
  return descriptors(system, home, 'anon_inode:[io_uring]').map(fd => {
    const [, files = ''] = fileInfo(system, home, fd).split(/^UserFiles:.*\n/m)
    return { fd, paths: [...files.matchAll(/^ *\d+: (\/.*)$/gm)].map(([, path = '']) => unescapeOctal(path)) }
  })
}

/** How a process uses a target's file through an io_uring. */
export function fileOfRing(rings: readonly Ring[], isTarget: (path: string) => boolean): string | undefined {
  const ring = rings.find(({ paths }) => paths.some(isTarget))
  return ring && `a file of io_uring fd/${ring.fd}`
}

async function opensFifoOn(
  system: System,
  { home }: NamespaceHolder,
  { targets, signal }: { readonly targets: TargetFilesystems; readonly signal: AbortSignal },
) {
  const place = (await blockedOpen(system, home))?.place
  if (place === undefined) return undefined
  // the name may belong to another file by now, and lead anywhere
  const found = await fileSystemsAt(system, [place], signal)
  return targets.devices.has(found.get(place) ?? '') ? A_FIFO : undefined
}
