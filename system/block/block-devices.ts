import { listNames, readLine } from '../files.ts'
import { ifPresent, type System } from '../system.ts'
import { isSuspended, mappedName } from './lvm.ts'

/**
 * Name of a block device in the kernel, such as `drbd0`, by its number `major:minor`; undefined when it is gone.
 * Reads the link /sys/dev/block/<major:minor>.
 */
export function kernelName(system: System, device: string): string | undefined {
  return ifPresent(() => system.readLink(`/sys/dev/block/${device}`))
    ?.split('/')
    .at(-1)
}

/** `major:minor` of the block device at a path, links followed; undefined when there is none. */
export function deviceAt(system: System, path: string): string | undefined {
  return ifPresent(() => system.stat(path))?.device
}

/** Size in bytes; undefined when the device is gone. */
export function deviceSize(system: System, device: string): number | undefined {
  const sectors = readLine(system, `/sys/class/block/${kernelName(system, device)}/size`)
  return sectors === undefined ? undefined : Number(sectors) * 512
}

/**
 * Why I/O to a device waits, as far as the kernel shows it: a device-mapper device below it is suspended, or a SCSI disk
 * is blocked, as while its iSCSI session is being recovered. Undefined when nothing says so.
 */
export function blockedIoReason(system: System, name: string): string | undefined {
  const home = `/sys/class/block/${name}`
  if (isSuspended(system, name)) return `${deviceLabel(system, name)} is suspended: its I/O is blocked`
  if (readLine(system, `${home}/device/state`) === 'blocked')
    return `disk ${name} is blocked while its session is being recovered: its I/O is paused`
  for (const below of listNames(system, `${home}/slaves`)) {
    const why = blockedIoReason(system, below)
    if (why !== undefined) return why
  }
  return undefined
}

/** The kernel's name with that of device-mapper: `dm-3` alone means nothing to an operator. */
export function deviceLabel(system: System, name: string): string {
  const mapped = mappedName(system, name)
  return mapped === undefined ? name : `${name} (${mapped})`
}
