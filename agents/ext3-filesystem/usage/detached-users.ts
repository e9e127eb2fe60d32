import { tryOptional } from '../../../ocf/progress.ts'
import { type NamespaceHolder, namespaces } from '../../../system/proc/mount-namespaces.ts'
import { parseMountId } from '../../../system/proc/mountinfo.ts'
import { ifAlive, openFiles, processLink } from '../../../system/proc/processes.ts'
import type { System } from '../../../system/system.ts'
import { fileSystemsAt } from './file-systems-at.ts'
import type { User } from './users.ts'

/** A link of a process that leads to a mount which no table lists. */
interface UnlistedUse {
  readonly process: NamespaceHolder
  readonly path: string
}

/**
 * The processes that keep file systems (`major:minor`) in use through mounts that no table lists: because they were detached
 * (umount -l), or because all processes of their namespace have changed their root to a directory of it. The paths of a detached
 * mount begin at its root, so they tell nothing: only where the number of the mount is in no table, the file system is asked for.
 */
export async function detachedUsers(
  system: System,
  devices: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<User[]> {
  const spaces = namespaces(system)
  const listed = new Set(spaces.flatMap(({ mounts }) => mounts.map(({ id }) => id)))
  const unlisted = spaces.flatMap(({ processes }) =>
    processes.flatMap(process =>
      unlistedPaths(system, process, listed).map((path): UnlistedUse => ({ process, path })),
    ),
  )
  const found = await fileSystemsAt(
    system,
    unlisted.map(({ path }) => path),
    signal,
  )
  const uses = unlisted.filter(({ path }) => devices.has(found.get(path) ?? ''))
  const first = new Map(uses.toReversed().map(use => [use.process, use]))
  return [...first.values()]
    .toReversed()
    .map(({ process, path }) => ({ ...process, uses: path.slice(process.home.length + 1) }))
}

function unlistedPaths(system: System, { home }: NamespaceHolder, listed: ReadonlySet<number>): string[] {
  const links = ['cwd', 'root', 'exe'].map(name => `${home}/${name}`)
  const files = openFiles(system, home).map(number => ({
    path: `${home}/fd/${number}`,
    info: `${home}/fdinfo/${number}`,
  }))
  return [
    ...links.filter(path => {
      if (processLink(system, path) === undefined) return false
      // it has ended, or its server responds with an error
      const id = tryOptional(() => system.mountId(path))
      return id !== undefined && !listed.has(id)
    }),
    ...files
      .filter(({ path, info }) => {
        if (!processLink(system, path)?.startsWith('/')) return false
        const text = ifAlive(() => system.read(info))
        return text !== undefined && !listed.has(parseMountId(text))
      })
      .map(({ path }) => path),
  ]
}

/** The processes of namespaces with so many mounts that not all were read: one of these may be what holds the file system. */
export function holdersOfUnread(system: System): User[] {
  const unread = namespaces(system).filter(({ isWhole }) => !isWhole)
  return unread.flatMap(({ processes }) => processes.map(process => ({ ...process, uses: 'its many mounts' })))
}
