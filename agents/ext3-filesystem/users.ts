import {
  isAtOrBelow,
  mountOf,
  type Namespace,
  type NamespaceHolder,
  namespaces,
} from '../../system/proc/mount-namespaces.ts'
import { parseMountId } from '../../system/proc/mountinfo.ts'
import type { Process } from '../../system/proc/process-stat.ts'
import { ifAlive, openFiles, processLink, threadsOf } from '../../system/proc/processes.ts'
import { unixSockets } from '../../system/proc/sockets.ts'
import { Missing, type System, type Tool } from '../../system/system.ts'

const grep: Tool = { name: 'grep', package: 'grep' }

/** A process that uses a file system, and what of it. */
export interface User extends Process {
  /** Such as `cwd` or `fd/3`. */
  readonly uses: string
}

/*
 * Who uses a file system, in any mount namespace: by current or root directory, program, open file, bound socket, mapped file.
 * fuser(1) is no help: it looks at every open file of the node itself, hangs on any dead disk or server among them, and knows
 * paths, not mounts. Here only links and texts in /proc are read, of an open file the number of the mount that it is on, and of
 * a link the same if its text fits. A socket has no more than a text.
 * Even /proc/PID/maps can wait, for a process that waits for a dead disk while it holds the lock of its memory: a tool reads
 * it, which can be given up.
 */

/** The file systems whose users are looked for. */
export interface TargetFilesystems {
  /** `major:minor` of each. */
  readonly devices: ReadonlySet<string>
  /** The directories on which they are, or were, mounted. */
  readonly points: ReadonlySet<string>
}

/** Who uses them. */
export async function usersOf(system: System, sought: TargetFilesystems, signal: AbortSignal): Promise<User[]> {
  const spaces = namespaces(system)
  const found = evidentUsers(system, sought, spaces)
  return found.length > 0 ? found : hiddenUsers(system, sought, { spaces, signal })
}

/** Those that are seen at a glance. */
export function evidentUsers(system: System, sought: TargetFilesystems, spaces = namespaces(system)): User[] {
  return usersBy(system, sought, spaces, ({ home }) => [home])
}

/** Threads with directories or files of their own, and mapped files. */
async function hiddenUsers(
  system: System,
  sought: TargetFilesystems,
  { spaces, signal }: { readonly spaces: readonly Namespace[]; readonly signal: AbortSignal },
): Promise<User[]> {
  const threads = usersBy(system, sought, spaces, ({ pid }) => threadsOf(system, pid))
  if (threads.length > 0) return threads
  const processes = spaces.flatMap(space => space.processes)
  const mapping = await mappingHomes(system, sought.devices, { homes: processes.map(({ home }) => home), signal })
  return processes.filter(({ home }) => mapping.has(home)).map(process => ({ ...process, uses: 'a mapped file' }))
}

function usersBy(
  system: System,
  { devices, points }: TargetFilesystems,
  spaces: readonly Namespace[],
  homesOf: (process: NamespaceHolder) => readonly string[],
): User[] {
  const known = new Map(spaces.flatMap(({ mounts }) => mounts.map(({ id, device }) => [id, device])))
  const isListed = [...known.values()].some(device => devices.has(device))
  const homes = spaces.flatMap(({ processes }) => processes.map(({ home }) => home))
  const sockets = new Map(unixSockets(system, homes).map(({ link, path }) => [link, path]))
  return spaces.flatMap(({ mounts, processes }) => {
    const deviceOf = (path: string) => mountOf(mounts, path)?.device
    const fits = (path: string) => {
      const device = deviceOf(path)
      if (device !== undefined) return devices.has(device)
      // those who have all changed their root to a directory of it (chroot) do not see its mount
      return [...points].some(point => isAtOrBelow(path, point))
    }
    const isSocketThere = (link: string) => devices.has(deviceOf(sockets.get(link) ?? '') ?? '')
    return processes.flatMap(process => {
      const uses = homesOf(process)
        .map(home => useAt(system, home, { devices, known, isListed, fits, isSocketThere }))
        .find(use => use !== undefined)
      return uses === undefined ? [] : [{ ...process, uses }]
    })
  })
}

interface UseMatcher {
  readonly devices: ReadonlySet<string>
  /** The devices of all mounts that are listed, by number. */
  readonly known: ReadonlyMap<number, string>
  /** Whether one of them is on a sought device: else an open file, which tells no more than that number, cannot be seen to be. */
  readonly isListed: boolean
  /** Whether what a link says may lead to one of the devices, to judge by its text. */
  readonly fits: (path: string) => boolean
  /** Whether a link is that of a socket with a name there. */
  readonly isSocketThere: (link: string) => boolean
}

function useAt(system: System, home: string, marks: UseMatcher): string | undefined {
  const link = ['cwd', 'root', 'exe'].find(name => {
    const path = processLink(system, `${home}/${name}`)
    return path !== undefined && (path === '' || marks.fits(path)) && leadsThere(system, `${home}/${name}`, marks)
  })
  if (link !== undefined) return link
  const fd = openFiles(system, home).find(number => {
    const target = processLink(system, `${home}/fd/${number}`)
    if (target !== '' && !target?.startsWith('/')) return target !== undefined && marks.isSocketThere(target)
    if (!marks.isListed) return false
    const info = ifAlive(() => system.read(`${home}/fdinfo/${number}`)) ?? ''
    return marks.devices.has(marks.known.get(parseMountId(info)) ?? '')
  })
  return fd === undefined ? undefined : `fd/${fd}`
}

/**
 * Whether a link leads there whose text fits, or is not told: who was there before the mount has the same text, but lies
 * beneath it. No, when it cannot be told: the process has ended, or lies on a server that answers with an error. A user that is
 * missed for another reason keeps umount busy, and is looked for again. One that is beneath it on a server that does not answer is
 * waited for.
 */
function leadsThere(system: System, link: string, { devices, known }: UseMatcher): boolean {
  try {
    return devices.has(known.get(system.mountId(link)) ?? system.stat(link).fileSystem)
  } catch {
    return false
  }
}

/** The homes of processes that have files of the devices mapped: proc(5), /proc/PID/maps has them in hexadecimal. */
async function mappingHomes(
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
