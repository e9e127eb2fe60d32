import { listNames, readLine } from '../files.ts'
import { ifPresent, type System } from '../system.ts'
import { isSuspended, mappedName } from './lvm.ts'

/**
 * Name of a block device in the kernel, such as `drbd0`, by its number `major:minor`; undefined when it no longer exists.
 * Reads the link /sys/dev/block/<major:minor>.
 */
export function kernelName(system: System, device: string): string | undefined {
  return ifPresent(() => system.readLink(`/sys/dev/block/${device}`))
    ?.split('/')
    .at(-1)
}

/** `major:minor` of the block device at a path, links followed; undefined when no block device is there. */
export function deviceAt(system: System, path: string): string | undefined {
  return ifPresent(() => system.stat(path))?.device
}

/** Size in bytes; undefined when the device no longer exists. */
export function deviceSize(system: System, device: string): number | undefined {
  const sectors = readLine(system, `/sys/class/block/${kernelName(system, device)}/size`)
  return sectors === undefined ? undefined : Number(sectors) * 512
}

/** Number of errors that the kernel found in the mounted ext2, ext3 or ext4 file system on a device since its last e2fsck. Reads /sys/fs/ext4/DEVICE. */
export function errorCount(system: System, name: string): number {
  return Number(ifPresent(() => system.read(`/sys/fs/ext4/${name}/errors_count`)) ?? 0)
}

/** Why the kernel holds I/O to a device. */
export interface BlockedIo {
  readonly reason: string
  /** It waits for an iSCSI session that is being recovered, as during a failover. */
  readonly isRecovery: boolean
}

/**
 * Why I/O to a device is blocked, as far as the kernel shows it: a device-mapper device below it is suspended, or a SCSI
 * disk is blocked, as during the recovery of its iSCSI session. Undefined when neither is the case.
 */
export function blockedIo(system: System, name: string): BlockedIo | undefined {
  const home = `/sys/class/block/${name}`
  if (isSuspended(system, name))
    return { reason: `${deviceLabel(system, name)} is suspended: its I/O is blocked`, isRecovery: false }
  if (readLine(system, `${home}/device/state`) === 'blocked')
    return {
      reason: `disk ${name} is blocked while its session is being recovered: its I/O is paused`,
      isRecovery: true,
    }
  for (const below of listNames(system, `${home}/slaves`)) {
    const blocked = blockedIo(system, below)
    if (blocked !== undefined) return blocked
  }
  return undefined
}

/** The kernel's name with that of device-mapper: `dm-3` alone means nothing to an operator. */
export function deviceLabel(system: System, name: string): string {
  const mapped = mappedName(system, name)
  return mapped === undefined ? name : `${name} (${mapped})`
}
