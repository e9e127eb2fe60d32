import { isAtOrBelow, mountFinder, type NamespaceHolder, namespaces } from '../../../system/proc/mount-namespaces.ts'
import { unescapeOctal } from '../../../system/proc/mountinfo.ts'
import { ifAlive, openFiles, processLink, threadsOf } from '../../../system/proc/processes.ts'
import type { System } from '../../../system/system.ts'
import { fileSystemsAt } from './file-systems-at.ts'
import type { TargetFilesystems, User } from './users.ts'

/*
 * Files that keep a file system busy and that no link in /proc shows: registered with an io_uring, being opened, or in flight in a UNIX
 * socket (SCM_RIGHTS). The search reads every descriptor of every process, so it comes last.
 */

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
        registeredFile(system, process, isTarget) ?? (await blockedOpen(system, process, { targets, signal }))
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

/** Since Linux 6.0 with the whole path. */
function registeredFile(system: System, process: NamespaceHolder, isTarget: (path: string) => boolean) {
  const fd = descriptors(system, process, 'anon_inode:[io_uring]').find(number => {
    const [, files = ''] = fdinfo(system, process, number).split(/^UserFiles:.*\n/m)
    const paths = [...files.matchAll(/^ *\d+: (\/.*)$/gm)].map(([, path = '']) => unescapeOctal(path))
    return paths.some(isTarget)
  })
  return fd === undefined ? undefined : `a file of io_uring fd/${fd}`
}

/** Of x86-64, for which the executable is built: where open(2), creat(2), openat(2) and openat2(2) have directory and path. */
const OPEN_CALLS: ReadonlyMap<number, { readonly directory?: number; readonly path: number }> = new Map([
  [2, { path: 0 }],
  [85, { path: 0 }],
  [257, { directory: 0, path: 1 }],
  [437, { directory: 0, path: 1 }],
])

const AT_FDCWD = 0xffffff9c
const LONGEST_PATH = 4096

async function blockedOpen(
  system: System,
  { pid }: NamespaceHolder,
  { targets, signal }: { readonly targets: TargetFilesystems; readonly signal: AbortSignal },
) {
  for (const home of threadsOf(system, pid)) {
    const wait = ifAlive(() => system.read(`${home}/wchan`))
    const path = wait === 'wait_for_partner' ? await openedPath(system, home) : undefined
    if (path === undefined) continue
    // the name may be another's by now, and lead anywhere
    const found = await fileSystemsAt(system, [path], signal)
    if (targets.devices.has(found.get(path) ?? '')) return 'a FIFO that it opens'
  }
  return undefined
}

/** The path that a thread is opening, by way of /proc. */
async function openedPath(system: System, home: string): Promise<string | undefined> {
  const [number, ...args] = (ifAlive(() => system.read(`${home}/syscall`)) ?? '').trim().split(' ').map(Number)
  const call = number === undefined ? undefined : OPEN_CALLS.get(number)
  const address = call && args[call.path]
  if (call === undefined || address === undefined || !Number.isSafeInteger(address)) return undefined
  const name = await textAt(system, `${home}/mem`, address)
  if (!name) return undefined
  if (name.startsWith('/')) return `${home}/root${name}`
  const directory = call.directory === undefined ? AT_FDCWD : args[call.directory]
  return directory === AT_FDCWD ? `${home}/cwd/${name}` : `${home}/fd/${directory}/${name}`
}

async function textAt(system: System, memory: string, address: number): Promise<string | undefined> {
  try {
    const bytes = Buffer.from(await system.readBytes(memory, address, LONGEST_PATH))
    const end = bytes.indexOf(0)
    return end < 0 ? undefined : bytes.toString('utf8', 0, end)
  } catch {
    // it has ended, or has changed its memory
    return undefined
  }
}

function descriptors(system: System, { home }: NamespaceHolder, kind: string): string[] {
  return openFiles(system, home).filter(fd => processLink(system, `${home}/fd/${fd}`)?.startsWith(kind))
}

function fdinfo(system: System, { home }: NamespaceHolder, fd: string): string {
  return ifAlive(() => system.read(`${home}/fdinfo/${fd}`)) ?? ''
}
