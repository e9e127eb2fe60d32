import { namespaces } from '../../../system/proc/mount-namespaces.ts'
import { parseMountId } from '../../../system/proc/mountinfo.ts'
import { ifAlive, openFiles, processLink } from '../../../system/proc/processes.ts'
import type { System } from '../../../system/system.ts'
import type { User } from './users.ts'

/**
 * The processes that keep file systems (`major:minor`) in use through mounts that were detached (umount -l). No table lists such a
 * mount, and its paths begin at its root, so they tell nothing: the number of the mount is in no table, and only then is the
 * file system asked for. This waits for a process on a detached mount of a server that does not respond.
 */
export function detachedUsers(system: System, devices: ReadonlySet<string>): User[] {
  const spaces = namespaces(system)
  const listed = new Set(spaces.flatMap(({ mounts }) => mounts.map(({ id }) => id)))
  const isDetached = (path: string, mountId: () => number) => {
    try {
      return !listed.has(mountId()) && devices.has(system.stat(path).fileSystem)
    } catch {
      // the process has ended, or its server responds with an error
      return false
    }
  }
  const useOf = (home: string): string | undefined => {
    const link = ['cwd', 'root', 'exe'].find(name => {
      const path = `${home}/${name}`
      return processLink(system, path) !== undefined && isDetached(path, () => system.mountId(path))
    })
    if (link !== undefined) return link
    const fd = openFiles(system, home).find(number => {
      const path = `${home}/fd/${number}`
      if (!processLink(system, path)?.startsWith('/')) return false
      return isDetached(path, () => parseMountId(ifAlive(() => system.read(`${home}/fdinfo/${number}`)) ?? ''))
    })
    return fd === undefined ? undefined : `fd/${fd}`
  }
  return spaces.flatMap(({ processes }) =>
    processes.flatMap(process => {
      const uses = useOf(process.home)
      return uses === undefined ? [] : [{ ...process, uses }]
    }),
  )
}
