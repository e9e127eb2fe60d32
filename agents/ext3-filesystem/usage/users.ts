import { isAtOrBelow, mountFinder, type NamespaceHolder } from '../../../system/proc/mount-namespaces.ts'
import { parseMountId } from '../../../system/proc/mountinfo.ts'
import type { Process } from '../../../system/proc/process-stat.ts'
import { ifAlive, openFiles, processLink, threadsOf } from '../../../system/proc/processes.ts'
import { unixSockets } from '../../../system/proc/sockets.ts'
import { Missing, type System, type Tool } from '../../../system/system.ts'
import { isOfSystem } from './process-owner.ts'
import { inTime, type Search } from './search.ts'

const grep: Tool = { name: 'grep', package: 'grep' }

/** A process that uses a file system, and how. */
export interface User extends Process {
  /** Such as `cwd` or `fd/3`. */
  readonly uses: string
}

/*
 * The users of a file system in any mount namespace: by current or root directory, program, open file, bound socket, mapped file.
 * fuser(1) does not help: it inspects every open file of the node itself, hangs on any dead disk or server among them, and compares
 * paths, not mounts. This reads only links and texts in /proc: the mount number of each open file, and that of a link if its text
 * may match. A socket has only a text.
 * Even reading /proc/PID/maps can block, when the process waits for a dead disk while it holds the lock of its memory: so a tool
 * reads it, which can time out.
 */

/** The file systems whose users are searched for. */
export interface TargetFilesystems {
  /** The `major:minor` of each. */
  readonly devices: ReadonlySet<string>
  /** The directories on which they are, or were, mounted. */
  readonly points: ReadonlySet<string>
}

/** The users of the file systems. */
export async function usersOf(system: System, targets: TargetFilesystems, search: Search): Promise<User[]> {
  const found = evidentUsers(system, targets, search)
  return found.length > 0 ? found : hiddenUsers(system, targets, search)
}

/** The users that links and open files of processes show; runs no tool. */
export function evidentUsers(
  system: System,
  targets: TargetFilesystems,
  { spaces, isOver, believesNames }: Pick<Search, 'spaces' | 'isOver' | 'believesNames'>,
): User[] {
  return usersBy(system, targets, {
    spaces,
    isOver,
    ...(believesNames && { believesNames }),
    homesOf: ({ home }) => [home],
  })
}

/** The users that threads with their own directories or files, and mapped files, show. */
async function hiddenUsers(
  system: System,
  targets: TargetFilesystems,
  { spaces, signal, isOver }: Search,
): Promise<User[]> {
  const homesOf = ({ pid, threads }: NamespaceHolder) => (threads > 1 ? threadsOf(system, pid) : [])
  const threads = usersBy(system, targets, { spaces, isOver, homesOf })
  if (threads.length > 0) return threads
  const processes = spaces.flatMap(space => space.processes)
  const withMappedFiles = await homesWithMappedFiles(system, targets.devices, {
    homes: processes.map(({ home }) => home),
    signal,
  })
  return processes
    .filter(({ home }) => withMappedFiles.has(home))
    .map(process => ({ ...process, uses: 'a mapped file' }))
}

interface SearchBy extends Pick<Search, 'spaces' | 'isOver' | 'believesNames'> {
  /** The directories in /proc that show a process's uses. */
  readonly homesOf: (process: NamespaceHolder) => readonly string[]
}

function usersBy(
  system: System,
  { devices, points }: TargetFilesystems,
  { spaces, isOver, believesNames, homesOf }: SearchBy,
): User[] {
  const deviceOfMount = new Map(spaces.flatMap(({ mounts }) => mounts.map(({ id, device }) => [id, device])))
  const hasListedMount = [...deviceOfMount.values()].some(device => devices.has(device))
  const homes = spaces.flatMap(({ processes }) => processes.map(({ home }) => home))
  const sockets = new Map(unixSockets(system, homes).map(({ link, path }) => [link, path]))
  return spaces.flatMap(({ mounts, processes }) => {
    const mountOf = mountFinder(mounts)
    const deviceOf = (path: string) => mountOf(path)?.device
    const mayBeOnTarget = (path: string) => {
      const device = deviceOf(path)
      if (device !== undefined) return devices.has(device)
      // processes that changed their root to a directory of it (chroot) do not see its mount
      return [...points].some(point => isAtOrBelow(path, point))
    }
    const isTargetSocket = (link: string, home: string) =>
      devices.has(deviceOf(sockets.get(link) ?? '') ?? '') && (believesNames || !isOfSystem(system, home))
    const userBy = (process: NamespaceHolder) => {
      const uses = homesOf(process)
        .map(home =>
          findUse(system, home, {
            devices,
            deviceOfMount,
            hasListedMount,
            mayBeOnTarget,
            isTargetSocket,
            isOver,
          }),
        )
        .find(use => use !== undefined)
      return uses === undefined ? [] : [{ ...process, uses }]
    }
    return inTime(processes, isOver).flatMap(userBy).toArray()
  })
}

interface UseMatcher {
  readonly devices: ReadonlySet<string>
  /** The device of each listed mount, by the number of the mount. */
  readonly deviceOfMount: ReadonlyMap<number, string>
  /** Whether a target is in a mount table; if not, the mount number, all that an open file shows, cannot match. */
  readonly hasListedMount: boolean
  /** Whether the text of a link may lead to a target. */
  readonly mayBeOnTarget: (path: string) => boolean
  /** Whether the text of a link is that of a socket whose name is on a target. */
  readonly isTargetSocket: (link: string, home: string) => boolean
  readonly isOver: Search['isOver']
}

function findUse(system: System, home: string, matcher: UseMatcher): string | undefined {
  const link = ['cwd', 'root', 'exe'].find(name => {
    const path = processLink(system, `${home}/${name}`)
    return (
      path !== undefined &&
      (path === '' || matcher.mayBeOnTarget(path)) &&
      isOnTarget(system, `${home}/${name}`, matcher)
    )
  })
  if (link !== undefined) return link
  const fd = inTime(openFiles(system, home), matcher.isOver).find(number => {
    const target = processLink(system, `${home}/fd/${number}`)
    if (target !== '' && !target?.startsWith('/')) return target !== undefined && matcher.isTargetSocket(target, home)
    if (!matcher.hasListedMount) return false
    const info = ifAlive(() => system.read(`${home}/fdinfo/${number}`)) ?? ''
    return matcher.devices.has(matcher.deviceOfMount.get(parseMountId(info)) ?? '')
  })
  return fd === undefined ? undefined : `fd/${fd}`
}

/**
 * Whether a link whose text may match, or is unreadable, leads to a target: the link of a process that was in the directory before
 * the mount has the same text, but leads below the mount. Only the number of the mount is used, which needs no answer from a
 * server; mounts that no table lists are left to detachedUsers. False when it cannot be determined because the process has exited:
 * a user missed for another reason keeps umount busy, and is searched for again.
 */
function isOnTarget(system: System, link: string, { devices, deviceOfMount }: UseMatcher): boolean {
  try {
    return devices.has(deviceOfMount.get(system.mountId(link)) ?? '')
  } catch {
    return false
  }
}

/** The /proc directories of processes that have files of the devices mapped. proc(5): /proc/PID/maps has hexadecimal numbers. */
async function homesWithMappedFiles(
  system: System,
  devices: ReadonlySet<string>,
  { homes, signal }: { readonly homes: readonly string[]; readonly signal: AbortSignal },
): Promise<Set<string>> {
  const patterns = [...devices].flatMap(device => ['-e', ` ${hexadecimal(device)} `])
  const options = ['--files-with-matches', '--no-messages', '--line-buffered', '--fixed-strings']
  const files = homes.map(home => `${home}/maps`)
  const run = { signal, timeoutSeconds: 5 }
  try {
    const { stdout } = await system.run(grep, [...options, ...patterns, '--', ...files], run)
    return new Set([...stdout.matchAll(/^(\/proc\/[^\n]+)\/maps$/gm)].map(([, home = '']) => home))
  } catch (error) {
    if (error instanceof Missing) return new Set()
    throw error
  }
}

function hexadecimal(device: string): string {
  return device
    .split(':')
    .map(number => Number(number).toString(16).padStart(2, '0'))
    .join(':')
}
