import type { Cloud } from '../../cloud/cloud.ts'
import { resourceIds } from '../../cloud/names.ts'
import { runOn } from '../../system/remote.ts'
import type { System } from '../../system/system.ts'
import { activeResources } from './running.ts'

/**
 * Refuses clouds whose file system a process uses: it could not be unmounted, and Pacemaker fences a node on which something
 * cannot be stopped. Looks at links in /proc only, never at the file system itself, which may hang.
 * @throws RangeError that names the processes.
 */
export async function refuseUsed(system: System, clouds: readonly Cloud[]): Promise<void> {
  const active = await activeResources(system)
  const complaints = await Promise.all(
    clouds.map(async ({ name, directory }) => {
      const node = active.find(({ id }) => id === resourceIds(name).filesystem)?.node
      const pids = node === undefined ? [] : await usersOf(system, node, directory)
      return pids.length === 0 ? [] : [`${name} is used on ${node} by process ${pids.join(', ')}`]
    }),
  )
  const found = complaints.flat()
  if (found.length > 0)
    throw new RangeError(`${found.join('; ')}: end that first, or say --force to have it tried anyway`)
}

/** Numbers of the processes that have something below a directory open, mapped or as their own directory. */
async function usersOf(system: System, node: string, directory: string): Promise<string[]> {
  // find takes a pattern where we mean a name
  const name = directory.replace(/[\\*?[\]]/g, '\\$&')
  const places = ['cwd', 'root', 'exe', 'fd/*', 'map_files/*'].flatMap(place => [
    '-o',
    '-path',
    `/proc/[0-9]*/${place}`,
  ])
  const isUse = ['(', ...places.slice(1), ')', '(', '-lname', name, '-o', '-lname', `${name}/*`, ')']
  const command = ['find', '/proc', '-maxdepth', '3', ...isUse, '-printf', '%h\n'] as const
  // 1: processes end while they are looked at
  const { stdout } = await runOn(system, node, [...command], { looks: true, accepted: [0, 1], timeoutSeconds: 60 })
  return [...new Set([...stdout.matchAll(/^\/proc\/(\d+)/gm)].map(([, pid = '']) => pid))]
}
