import { deviceAt, kernelName } from '../../system/block/block-devices.ts'
import { exists, listNames } from '../../system/files.ts'
import { type Mount, mountInfo } from '../../system/proc/mountinfo.ts'
import { ifPresent, type System } from '../../system/system.ts'
import type { MountContext } from './parameters.ts'

/** Where the file system of the device is, as this mount namespace and the kernel show it. No I/O. */
export interface MountState {
  /** `major:minor` of the device; undefined when its path leads nowhere. */
  readonly number: string | undefined
  /** The device in the kernel, such as `sda`. */
  readonly name: string | undefined
  /** Our mount on the directory, and the topmost there, whosever it is. */
  readonly ours: Mount | undefined
  readonly top: Mount | undefined
  /** Mounts of the device elsewhere in this namespace, and bind mounts of parts of it. */
  readonly elsewhere: readonly Mount[]
  /** What this node runs on, if that is what the device is: whoever named it meant another. */
  readonly systemMount: Mount | undefined
  /** Whether the kernel still has the file system in use, whatever shows where. */
  readonly isAlive: boolean
}

export function mountState(system: System, { device, directory }: MountContext['parameters']): MountState {
  const mountPoint = resolved(system, directory)
  const number = deviceAt(system, device)
  const name = number === undefined ? undefined : kernelName(system, number)
  const mounts = mountInfo(system)
  const there = mounts.filter(found => found.mountPoint === mountPoint)
  const ours = there.findLast(found => isOurs(system, found, number))
  return {
    number,
    name,
    ours,
    top: there.at(-1),
    systemMount: mounts.find(found => found.device === number && isEssential(found, ours)),
    elsewhere: mounts.filter(found => found.device === number && found !== ours),
    isAlive: name !== undefined && isAlive(system, name),
  }
}

/** Of a file system that is ours all the same, its other mounts are too; but nobody's cloud is the root of a node. */
function isEssential({ mountPoint, root }: Mount, ours: Mount | undefined): boolean {
  return (
    mountPoint === '/' || (ours === undefined && root === '/' && ['/usr', '/etc', '/var', '/boot'].includes(mountPoint))
  )
}

/**
 * Whether a mount on the directory is that of the device. While the device is gone (a session that broke down takes its disk
 * along), or another disk has taken its place, an ext3 there whose own disk is lost is held to be ours: to call it stopped
 * would let it be mounted elsewhere as well.
 */
function isOurs(system: System, found: Mount, number: string | undefined): boolean {
  if (found.root !== '/') return false
  if (found.device === number) return true
  return found.fileSystem === 'ext3' && (number === undefined || kernelName(system, found.device) === undefined)
}

/**
 * Whether the kernel has a file system of the ext family on a device in use, in whatever mount namespace, or is still
 * unmounting it: it leaves the list of mounts first, and is written out after that.
 */
export function isAlive(system: System, name: string): boolean {
  return (
    exists(system, `/sys/fs/ext4/${name}`) ||
    listNames(system, '/proc/fs/jbd2').some(journal => journal.startsWith(`${name}-`))
  )
}

/** Errors that the kernel has met in a mounted file system since its last e2fsck. Reads /sys/fs/ext4/DEVICE. */
export function errorCount(system: System, name: string): number {
  return Number(ifPresent(() => system.read(`/sys/fs/ext4/${name}/errors_count`)) ?? 0)
}

/**
 * The kernel lists mount points without symbolic links. Where they lead cannot be told while a server on the way is dead
 * (ENOTCONN, ESTALE): that must not fail a probe or a stop, and what is listed under the directory's own name is found.
 */
export function resolved(system: System, directory: string): string {
  try {
    return system.realPath(directory)
  } catch {
    return directory
  }
}
