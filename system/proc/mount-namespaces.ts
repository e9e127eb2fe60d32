import type { System } from '../system.ts'
import { type Mount, mountInfo, parseMountInfo } from './mountinfo.ts'
import type { Process } from './process-stat.ts'
import { ifAlive, procDirectory, processes, processLink, threadsOf } from './processes.ts'

/** A mount namespace: its mounts as its processes see them, and these processes. */
export interface Namespace {
  /** The text of the link /proc/PID/ns/mnt, the same for all its processes. */
  readonly link: string
  readonly isOwn: boolean
  /** The number of a process, or of a thread, through which the namespace can be entered. */
  readonly pid: number
  readonly mounts: readonly Mount[]
  /** Whether the list is complete: a user can make a table so long that reading it takes minutes. */
  readonly isWhole: boolean
  readonly processes: readonly NamespaceHolder[]
}

export interface NamespaceHolder extends Process {
  /** The directory in /proc that shows it. */
  readonly home: string
}

/** How long reading the tables of all other namespaces may take in total; tens of thousands of ordinary mounts take less. */
const TABLES_MILLISECONDS = 2000

/** The share of each namespace: a long table must not make the others incomplete. */
const TABLE_MILLISECONDS = 100

/** The mount namespaces that have processes or threads, beginning with that of this process. Reads only /proc. */
export function namespaces(system: System): Namespace[] {
  const own = processLink(system, '/proc/self/ns/mnt')
  const byLink = new Map<string, NamespaceHolder[]>([[own ?? '', []]])
  for (const process of processes(system))
    for (const [link, home] of namespacesOf(system, process)) {
      const members = byLink.get(link) ?? []
      members.push({ ...process, home })
      byLink.set(link, members)
    }
  const end = system.now() + TABLES_MILLISECONDS
  return [...byLink].flatMap(([link, members]) => {
    const isOwn = link === (own ?? '')
    const seen = isOwn
      ? { pid: members[0]?.pid ?? 0, mounts: mountInfo(system), isWhole: true }
      : firstSeen(system, members, end)
    return seen === undefined ? [] : [{ link, isOwn, ...seen, processes: members }]
  })
}

/** The namespaces of a process and of threads that have left it (unshare), each with the directory in /proc that shows it. */
function namespacesOf(system: System, { pid, threads }: Process): Map<string, string> {
  const home = procDirectory(system, pid)
  const found = new Map<string, string>()
  for (const directory of [...(home === undefined ? [] : [home]), ...(threads > 1 ? threadsOf(system, pid) : [])]) {
    const link = processLink(system, `${directory}/ns/mnt`)
    if (link !== undefined && !found.has(link)) found.set(link, directory)
  }
  return found
}

/**
 * The same namespaces, with every thread of a process in place of the process where it has several: each may have directories and
 * files of its own (unshare, CLONE_FS and CLONE_FILES).
 */
export function withThreads(system: System, spaces: readonly Namespace[]): Namespace[] {
  return spaces.map(space => ({
    ...space,
    processes: space.processes.flatMap(process =>
      process.threads > 1 ? threadsIn(system, process, space.link) : [process],
    ),
  }))
}

function threadsIn(system: System, process: NamespaceHolder, link: string): NamespaceHolder[] {
  return threadsOf(system, process.pid)
    .filter(home => processLink(system, `${home}/ns/mnt`) === link)
    .map(home => ({ ...process, home }))
}

/**
 * A process that has changed its root sees fewer mounts, relative to that root. So processes with the original root are tried
 * first, and the next one if a process ends meanwhile.
 */
function firstSeen(system: System, members: readonly NamespaceHolder[], end: number) {
  const withRoot = members.map(({ home }) => ({ home, root: processLink(system, `${home}/root`) ?? '/' }))
  const sorted = [...withRoot.filter(({ root }) => root === '/'), ...withRoot.filter(({ root }) => root !== '/')]
  for (const { home, root } of sorted) {
    const table = ifAlive(() => system.readFor(`${home}/mountinfo`, Math.max(TABLE_MILLISECONDS, end - system.now())))
    const pid = Number(home.split('/').at(-1))
    if (table === undefined) continue
    return { pid, mounts: parseMountInfo(table.text).map(mount => fromRoot(mount, root)), isWhole: table.isWhole }
  }
  return undefined
}

function fromRoot(mount: Mount, root: string): Mount {
  if (root === '/') return mount
  return { ...mount, mountPoint: mount.mountPoint === '/' ? root || '/' : `${root}${mount.mountPoint}` }
}

/**
 * A function that finds the mount of a path: the last mount at the longest mount point above it. Built once, because many paths are
 * looked up in long tables.
 */
export function mountFinder(mounts: readonly Mount[]): (path: string) => Mount | undefined {
  const lastAt = new Map(mounts.map(mount => [mount.mountPoint, mount]))
  return path => {
    for (let place = path; place.startsWith('/'); place = place.slice(0, place.lastIndexOf('/'))) {
      const found = lastAt.get(place)
      if (found) return found
    }
    return path.startsWith('/') ? lastAt.get('/') : undefined
  }
}

/**
 * The mount that the kernel reaches when it follows a path, in a table that starts at the root: from each mount it enters the first
 * one on its way. It never reaches a mount that lies below another's mount point, or under a later mount on the same point.
 */
export function visibleMount(mounts: readonly Mount[], path: string): Mount | undefined {
  const ids = new Set(mounts.map(({ id }) => id))
  let place = mounts.find(({ id, mountPoint, parent }) => mountPoint === '/' && (parent === id || !ids.has(parent)))
  for (let steps = 0; place !== undefined && steps < mounts.length; steps += 1) {
    const { id } = place
    const next = mounts
      .filter(found => found.parent === id && found.id !== id && isAtOrBelow(path, found.mountPoint))
      .toSorted((a, b) => a.mountPoint.length - b.mountPoint.length)
      .at(0)
    if (next === undefined) return place
    place = next
  }
  return place
}

export function isAtOrBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`)
}
