import {
  type Namespace,
  type NamespaceHolder,
  namespaces,
  withThreads,
} from '../../../../system/proc/mount-namespaces.ts'
import { fileInfo, openFiles, processLink } from '../../../../system/proc/processes.ts'
import type { System } from '../../../../system/system.ts'
import { oncePerProcess } from '../concealed-users.ts'
import { inTime, type Search } from '../search.ts'
import type { User } from '../users.ts'
import { closedDescriptor } from './closed-descriptors.ts'

/*
 * Descriptors that may hold any file system, without showing which one. Any user can have them: a mount namespace of his own is
 * enough. A program of the system may also close a file by mistake while another thread is in a call on it.
 */

/** The kind of a thread's descriptor, according to its link. */
interface Descriptor {
  readonly home: string
  readonly fd: string
  readonly link: string
}

/**
 * The processes that have had such descriptors for a while: files in flight in a socket (they become visible when received, and a
 * receiver that never takes them is rare), a mount context (fspick(2), fsopen(2)), a mount namespace without processes, or a file that
 * was closed during a call on it.
 */
export async function possibleUsers(system: System, { signal, isOver }: Omit<Search, 'spaces'>): Promise<User[]> {
  const first = found(system, isOver)
  if (first.length === 0) return []
  await system.sleep(500, signal)
  const again = new Set(found(system, isOver).map(user => `${user.pid} ${user.startTime} ${user.uses}`))
  return oncePerProcess(first.filter(user => again.has(`${user.pid} ${user.startTime} ${user.uses}`)))
}

function found(system: System, isOver: Search['isOver']): User[] {
  const spaces = withThreads(system, namespaces(system))
  const inhabited = new Set(spaces.map(({ link }) => link))
  const keepers = spaces.flatMap(space => keepersOf(space, inhabited))
  const holders = spaces.flatMap(({ processes }) =>
    inTime(processes, isOver)
      .flatMap(process => usesOf(system, process, { inhabited, isOver }))
      .toArray(),
  )
  return [...holders, ...keepers]
}

interface Look {
  /** The mount namespaces that have processes. */
  readonly inhabited: ReadonlySet<string>
  readonly isOver: Search['isOver']
}

function usesOf(system: System, process: NamespaceHolder, { inhabited, isOver }: Look): User[] {
  const { home } = process
  const closed = closedDescriptor(system, home)
  const call = closed === undefined ? [] : [{ ...process, uses: `a call on fd/${closed}, which was closed` }]
  const held = inTime(openFiles(system, home), isOver)
    .flatMap(fd => {
      const link = processLink(system, `${home}/fd/${fd}`) ?? ''
      const uses = useOf(system, { home, fd, link }, inhabited)
      return uses === undefined ? [] : [{ ...process, uses }]
    })
    .toArray()
  return [...call, ...held]
}

function useOf(system: System, { home, fd, link }: Descriptor, inhabited: ReadonlySet<string>): string | undefined {
  if (link.startsWith('socket:'))
    // since Linux 5.12 the descriptor of a socket shows how many
    return /^scm_fds:\s*[1-9]/m.test(fileInfo(system, home, fd)) ? `files in flight in socket fd/${fd}` : undefined
  if (link.startsWith('anon_inode:[fscontext]')) return `mount context fd/${fd}`
  return isUninhabited(link, inhabited) ? `mount namespace fd/${fd}, which has no process` : undefined
}

/** A mount in another namespace can also keep a namespace without processes; it ends with the processes there. */
function keepersOf({ isOwn, mounts, processes }: Namespace, inhabited: ReadonlySet<string>): User[] {
  const keeps = mounts.some(({ fileSystem, root }) => fileSystem === 'nsfs' && isUninhabited(root, inhabited))
  return isOwn || !keeps ? [] : processes.map(process => ({ ...process, uses: 'a mount of a mount namespace' }))
}

function isUninhabited(link: string, inhabited: ReadonlySet<string>): boolean {
  return /^mnt:\[\d+\]$/.test(link) && !inhabited.has(link)
}
