import { isAtOrBelow, mountOf, type NamespaceHolder, namespaces } from '../../../system/proc/mount-namespaces.ts'
import { unescapeOctal } from '../../../system/proc/mountinfo.ts'
import { ifAlive, openFiles, processLink } from '../../../system/proc/processes.ts'
import type { System } from '../../../system/system.ts'
import { blockedOpens } from './blocked-opens.ts'
import type { TargetFilesystems, User } from './users.ts'

/*
 * Files that keep a file system busy and that no link in /proc shows: registered with an io_uring, being opened, or in flight in a UNIX
 * socket (SCM_RIGHTS). The search reads every descriptor of every process, so it comes last.
 */

/** How a process uses a FIFO that it waits to have opened. */
export const A_FIFO = 'a FIFO that it opens'

/** The processes that have a file registered with an io_uring, or wait in open(2) for the other end of a FIFO. */
export async function concealedUsers(system: System, targets: TargetFilesystems): Promise<User[]> {
  const users: User[] = []
  for (const { mounts, processes } of namespaces(system)) {
    const isTarget = (path: string) => {
      const device = mountOf(mounts, path)?.device
      if (device !== undefined) return targets.devices.has(device)
      return [...targets.points].some(point => isAtOrBelow(path, point))
    }
    for (const process of processes) {
      const uses = registeredFile(system, process, isTarget) ?? (await opensFifoOn(system, process, targets))
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

/** How it uses a file of an io_uring whose path is a target's. Since Linux 6.0 with the whole path. */
export function registeredFile(system: System, process: NamespaceHolder, isTarget: (path: string) => boolean) {
  const fd = descriptors(system, process, 'anon_inode:[io_uring]').find(number => {
    const [, files = ''] = fdinfo(system, process, number).split(/^UserFiles:.*\n/m)
    const paths = [...files.matchAll(/^ *\d+: (\/.*)$/gm)].map(([, path = '']) => unescapeOctal(path))
    return paths.some(isTarget)
  })
  return fd === undefined ? undefined : `a file of io_uring fd/${fd}`
}

async function opensFifoOn(system: System, { pid }: NamespaceHolder, { devices }: TargetFilesystems) {
  const places = (await blockedOpens(system, pid)).map(({ place }) => place)
  return places.some(place => isOn(system, place, devices)) ? A_FIFO : undefined
}

function isOn(system: System, path: string, devices: ReadonlySet<string>): boolean {
  try {
    return devices.has(system.stat(path).fileSystem)
  } catch {
    // it has ended, or the name is another's by now
    return false
  }
}

function descriptors(system: System, { home }: NamespaceHolder, kind: string): string[] {
  return openFiles(system, home).filter(fd => processLink(system, `${home}/fd/${fd}`)?.startsWith(kind))
}

function fdinfo(system: System, { home }: NamespaceHolder, fd: string): string {
  return ifAlive(() => system.read(`${home}/fdinfo/${fd}`)) ?? ''
}
