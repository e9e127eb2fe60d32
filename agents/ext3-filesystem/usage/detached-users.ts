import { tryOptional } from '../../../ocf/progress.ts'
import type { Namespace, NamespaceHolder } from '../../../system/proc/mount-namespaces.ts'
import { parseMountId } from '../../../system/proc/mountinfo.ts'
import { ifAlive, openFiles, processLink } from '../../../system/proc/processes.ts'
import type { System } from '../../../system/system.ts'
import { oncePerProcess } from './concealed-users.ts'
import { fileSystemsAt } from './file-systems-at.ts'
import { inTime, type Search } from './search.ts'
import type { User } from './users.ts'

/** A link of a process that leads to a mount that no table lists. */
interface UnlistedUse {
  readonly process: NamespaceHolder
  readonly path: string
  /** The number of the mount. */
  readonly mount: number
}

/**
 * The processes that keep file systems (`major:minor`) in use through mounts that no table lists: because they were detached
 * (umount -l), or because all processes of their namespace have changed their root to a directory of it. The paths of a detached
 * mount begin at its root, so they identify nothing. If no table has the number of the mount, its file system is looked up, once
 * for each mount, because all anonymous memory of the node consists of files on one mount.
 */
export async function detachedUsers(
  system: System,
  devices: ReadonlySet<string>,
  { spaces, signal, isOver }: Search,
): Promise<User[]> {
  const listed = new Set(spaces.flatMap(({ mounts }) => mounts.map(({ id }) => id)))
  const unlisted = spaces.flatMap(({ processes }) =>
    inTime(processes, isOver)
      .flatMap(process => unlistedUses(system, process, { listed, isOver }))
      .toArray(),
  )
  const asked = new Map(unlisted.map(({ mount, path }) => [mount, path]))
  const found = await fileSystemsAt(system, [...asked.values()], signal)
  const uses = unlisted.filter(({ mount }) => devices.has(found.get(asked.get(mount) ?? '') ?? ''))
  return oncePerProcess(uses.map(({ process, path }) => ({ ...process, uses: path.slice(process.home.length + 1) })))
}

interface Look {
  /** The numbers of the mounts that tables list. */
  readonly listed: ReadonlySet<number>
  readonly isOver: Search['isOver']
}

function unlistedUses(system: System, process: NamespaceHolder, { listed, isOver }: Look): UnlistedUse[] {
  const { home } = process
  const use = (path: string, mount: number | undefined): UnlistedUse[] =>
    mount === undefined || listed.has(mount) ? [] : [{ process, path, mount }]
  return [
    ...['cwd', 'root', 'exe'].flatMap(name => {
      const path = `${home}/${name}`
      if (processLink(system, path) === undefined) return []
      // the process has ended, or the file system's server responds with an error
      return use(
        path,
        tryOptional(() => system.mountId(path)),
      )
    }),
    ...inTime(openFiles(system, home), isOver).flatMap(number => {
      const path = `${home}/fd/${number}`
      if (!processLink(system, path)?.startsWith('/')) return []
      const text = ifAlive(() => system.read(`${home}/fdinfo/${number}`))
      return use(path, text === undefined ? undefined : parseMountId(text))
    }),
  ]
}

/** The processes of namespaces with more mounts than could be read: one of the unread mounts may hold the file system. */
export function holdersOfUnread(spaces: readonly Namespace[]): User[] {
  const unread = spaces.filter(({ isWhole }) => !isWhole)
  return oncePerProcess(
    unread.flatMap(({ processes }) => processes.map(process => ({ ...process, uses: 'its many mounts' }))),
  )
}
