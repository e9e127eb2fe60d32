import { isAtOrBelow, namespaces } from '../../system/proc/mount-namespaces.ts'
import type { Mount } from '../../system/proc/mountinfo.ts'
import type { System } from '../../system/system.ts'
import { nameOf } from './targets.ts'

/**
 * The overlays, wherever they are mounted, that have a layer at or below one of these directories: they keep the file system of
 * the layer in use when it is mounted nowhere any more.
 */
export function overlaysOn(system: System, directories: readonly string[]): string[] {
  const isOnOne = (path: string) => directories.some(directory => isAtOrBelow(path, directory))
  const found = namespaces(system).flatMap(space =>
    space.mounts
      .filter(mount => mount.fileSystem === 'overlay' && layersOf(mount).some(isOnOne))
      .map(mount => ({ mount, ...(!space.isOwn && { space }) })),
  )
  // one for its copies in other namespaces, ours first
  const first = Map.groupBy(found, ({ mount }) => mount.device).values()
  return [...first].flatMap(([target]) => (target ? [nameOf(target)] : []))
}

/** @see https://docs.kernel.org/filesystems/overlayfs.html: colons separate lower layers, a backslash takes that from one. */
function layersOf({ superOptions }: Mount): string[] {
  return superOptions.flatMap(option => {
    const [, name, value = ''] = /^(lowerdir\+?|datadir\+|upperdir|workdir)=(.*)$/s.exec(option) ?? []
    const paths = name === 'lowerdir' ? value.split(/(?<!\\):/) : [value]
    return paths.map(path => path.replace(/\\(.)/gs, '$1'))
  })
}
