import { deviceAt, kernelName } from '../../system/block/block-devices.ts'
import { exists, listNames } from '../../system/files.ts'
import { type Mount, mountInfo } from '../../system/proc/mountinfo.ts'
import type { System } from '../../system/system.ts'
import type { MountContext } from './parameters.ts'

/** Where the device is mounted, according to this mount namespace and the kernel. Does no I/O. */
export interface MountState {
  /** `major:minor` of the device; undefined when its path does not exist. */
  readonly number: string | undefined
  /** The kernel's name of the device, such as `sda`. */
  readonly name: string | undefined
  /** Our mount on the directory, and the topmost mount there, ours or not. */
  readonly ours: Mount | undefined
  readonly top: Mount | undefined
  /** Mounts of the device elsewhere in this namespace, and bind mounts of parts of it. */
  readonly elsewhere: readonly Mount[]
  /** A mount that the node itself depends on, if the device has one: the configured device is a mistake then. */
  readonly systemMount: Mount | undefined
  /** Whether the kernel still uses the file system, mounted visibly or not. */
  readonly isInUse: boolean
}

export function mountState(system: System, { device, directory }: MountContext['parameters']): MountState {
  const mountPoint = resolveDirectory(system, directory)
  const number = deviceAt(system, device)
  const name = number === undefined ? undefined : kernelName(system, number)
  const mounts = mountInfo(system)
  const onDirectory = mounts.filter(found => found.mountPoint === mountPoint)
  const ours = onDirectory.findLast(found => isOurs(system, found, number))
  return {
    number,
    name,
    ours,
    top: onDirectory.at(-1),
    systemMount: mounts.find(found => found.device === number && isSystemMount(found, ours)),
    elsewhere: mounts.filter(found => found.device === number && found !== ours),
    isInUse: name !== undefined && isInUse(system, name),
  }
}

/** A mount on a system directory counts only if our own mount is absent; a node's root never belongs to a cloud. */
function isSystemMount({ mountPoint, root }: Mount, ours: Mount | undefined): boolean {
  return (
    mountPoint === '/' || (ours === undefined && root === '/' && ['/usr', '/etc', '/var', '/boot'].includes(mountPoint))
  )
}

/**
 * Whether a mount on the directory is that of the device. While the device is missing (a failed session removes its disk), or
 * another disk has replaced it, an ext3 on the directory whose own disk is gone counts as ours: reporting it as stopped would
 * let it be mounted elsewhere as well.
 */
function isOurs(system: System, found: Mount, number: string | undefined): boolean {
  if (found.root !== '/') return false
  if (found.device === number) return true
  return found.fileSystem === 'ext3' && (number === undefined || kernelName(system, found.device) === undefined)
}

/**
 * Whether the kernel uses an ext2, ext3 or ext4 file system on a device, in any mount namespace, or is still unmounting it: a file
 * system leaves the mount table before it is written out.
 */
export function isInUse(system: System, name: string): boolean {
  return (
    exists(system, `/sys/fs/ext4/${name}`) ||
    listNames(system, '/proc/fs/jbd2').some(journal => journal.startsWith(`${name}-`))
  )
}

/**
 * The directory as the kernel lists it, without symbolic links. They cannot be resolved while a server on the path is dead
 * (ENOTCONN, ESTALE): that must not fail a probe or a stop, so the directory's own name is used then.
 */
export function resolveDirectory(system: System, directory: string): string {
  try {
    return system.realPath(directory)
  } catch {
    return directory
  }
}
