import { isAtOrBelow, namespaces } from '../../../system/proc/mount-namespaces.ts'
import type { Mount } from '../../../system/proc/mountinfo.ts'
import type { System } from '../../../system/system.ts'
import { describeTarget } from './targets.ts'

/**
 * The overlays in any mount namespace that have a layer at or below one of these directories: an overlay keeps the file system of
 * its layer in use after that has been unmounted.
 */
export function overlaysOn(system: System, directories: readonly string[]): string[] {
  const isBelowAny = (path: string) => directories.some(directory => isAtOrBelow(path, directory))
  const found = namespaces(system).flatMap(space =>
    space.mounts
      .filter(mount => mount.fileSystem === 'overlay' && layersOf(mount).some(isBelowAny))
      .map(mount => ({ mount, ...(!space.isOwn && { space }) })),
  )
  // one entry for all its copies in other namespaces, our own first
  const first = Map.groupBy(found, ({ mount }) => mount.device).values()
  return [...first].flatMap(([target]) => (target ? [describeTarget(system, target)] : []))
}

/** @see https://docs.kernel.org/filesystems/overlayfs.html: colons separate lower layers; a backslash escapes one. */
function layersOf({ superOptions }: Mount): string[] {
  return superOptions.flatMap(option => {
    const [, name, value = ''] = /^(lowerdir\+?|datadir\+|upperdir|workdir)=(.*)$/s.exec(option) ?? []
    const paths = name === 'lowerdir' ? value.split(/(?<!\\):/) : [value]
    return paths.map(path => path.replace(/\\(.)/gs, '$1'))
  })
}
