import { lineIn, namesIn } from '../../system/files.ts'
import { mountOf, type Namespace, namespaces } from '../../system/namespaces.ts'
import { openFiles, type Process, processLink, whileAlive } from '../../system/processes.ts'
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
 * paths, not mounts. Here only links and texts in /proc are read, and of an open file the number of the mount that it is on.
 * Even /proc/PID/maps can wait, for a process that waits for a dead disk while it holds the lock of its memory: a tool reads
 * it, which can be given up.
 */

/** The users of the file system on a device (`major:minor`). */
export async function usersOf(system: System, device: string, signal: AbortSignal): Promise<User[]> {
  const spaces = namespaces(system)
  const found = evidentUsers(system, device, spaces)
  return found.length > 0 ? found : hiddenUsers(system, device, { spaces, signal })
}

/** Those that are seen at a glance. */
export function evidentUsers(system: System, device: string, spaces = namespaces(system)): User[] {
  return usersBy(system, device, spaces, ({ pid }) => [`/proc/${pid}`])
}

/** Threads with directories or files of their own, and mapped files. */
async function hiddenUsers(
  system: System,
  device: string,
  { spaces, signal }: { readonly spaces: readonly Namespace[]; readonly signal: AbortSignal },
): Promise<User[]> {
  const threads = usersBy(system, device, spaces, ({ pid }) =>
    (whileAlive(() => namesIn(system, `/proc/${pid}/task`)) ?? []).map(thread => `/proc/${pid}/task/${thread}`),
  )
  if (threads.length > 0) return threads
  const processes = spaces.flatMap(space => space.processes)
  const mapping = await mappingPids(system, device, { pids: processes.map(({ pid }) => pid), signal })
  return processes.filter(({ pid }) => mapping.has(pid)).map(process => ({ ...process, uses: 'a mapped file' }))
}

function usersBy(
  system: System,
  device: string,
  spaces: readonly Namespace[],
  homesOf: (process: Process) => readonly string[],
): User[] {
  const ids = new Set(
    spaces.flatMap(({ mounts }) => mounts.flatMap(mount => (mount.device === device ? [mount.id] : []))),
  )
  if (ids.size === 0) return []
  return spaces.flatMap(({ mounts, processes }) => {
    const isOn = (path: string | undefined) => path !== undefined && ids.has(mountOf(mounts, path)?.id ?? -1)
    const sockets = socketsOn(system, isOn)
    return processes.flatMap(process => {
      const uses = homesOf(process)
        .map(home => useAt(system, home, { isOn, ids, sockets }))
        .find(use => use !== undefined)
      return uses === undefined ? [] : [{ ...process, uses }]
    })
  })
}

interface Marks {
  readonly isOn: (path: string | undefined) => boolean
  readonly ids: ReadonlySet<number>
  readonly sockets: ReadonlySet<string>
}

function useAt(system: System, home: string, { isOn, ids, sockets }: Marks): string | undefined {
  const link = ['cwd', 'root', 'exe'].find(name => isOn(processLink(system, `${home}/${name}`)))
  if (link !== undefined) return link
  const fd = openFiles(system, home).find(number => {
    const target = processLink(system, `${home}/fd/${number}`) ?? ''
    return target.startsWith('/') ? ids.has(mountIdOf(system, `${home}/fdinfo/${number}`)) : sockets.has(target)
  })
  return fd === undefined ? undefined : `fd/${fd}`
}

/** proc(5), /proc/PID/fdinfo: `mnt_id` is the number in mountinfo. */
function mountIdOf(system: System, path: string): number {
  const text = whileAlive(() => system.read(path)) ?? ''
  return Number(/^mnt_id:\s*(\d+)/m.exec(text)?.[1] ?? -1)
}

/** Links of file descriptors to sockets with a name on the file system; /proc/net/unix ends with inode and path. */
function socketsOn(system: System, isOn: (path: string) => boolean): Set<string> {
  const lines = (lineIn(system, '/proc/net/unix') ?? '').split('\n')
  const sockets = lines.flatMap(line => {
    const [, inode, path] = /(\d+) (\/.*)$/.exec(line) ?? []
    return path !== undefined && isOn(path) ? [`socket:[${inode}]`] : []
  })
  return new Set(sockets)
}

/** The processes that have files of the device mapped: proc(5), /proc/PID/maps has it in hexadecimal. */
async function mappingPids(
  system: System,
  device: string,
  { pids, signal }: { readonly pids: readonly number[]; readonly signal: AbortSignal },
): Promise<Set<number>> {
  const hexadecimal = device.split(':').map(number => Number(number).toString(16).padStart(2, '0'))
  const options = ['--files-with-matches', '--no-messages', '--line-buffered', '--fixed-strings']
  const files = pids.map(pid => `/proc/${pid}/maps`)
  const run = { signal, timeoutSeconds: 5 }
  try {
    const { stdout } = await system.run(grep, [...options, '--', ` ${hexadecimal.join(':')} `, ...files], run)
    return new Set([...stdout.matchAll(/^\/proc\/(\d+)\/maps$/gm)].map(([, pid]) => Number(pid)))
  } catch (error) {
    if (error instanceof Missing) return new Set()
    throw error
  }
}
