import { listNames, readLine } from '../files.ts'
import { backstoresOn } from '../lio/backstores.ts'
import { mountInfo } from '../proc/mountinfo.ts'
import { ifPresent, type System } from '../system.ts'
import { deviceAtPath } from './device-at-path.ts'
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
  if (isSuspended(system, name)) return `${labelOf(system, name)} is suspended, I/O to it waits`
  if (readLine(system, `${home}/device/state`) === 'blocked')
    return `disk ${name} is blocked while its session is being recovered, I/O to it waits`
  for (const below of listNames(system, `${home}/slaves`)) {
    const why = blockedIoReason(system, below)
    if (why !== undefined) return why
  }
  return undefined
}

/**
 * What has a device open, as far as the kernel shows it: devices on top of it, mounts, swap, loop devices, LIO backstores.
 * For processes see `processesUsing`.
 */
export function holders(system: System, name: string): string[] {
  const number = readLine(system, `/sys/block/${name}/dev`)
  const above = listNames(system, `/sys/block/${name}/holders`)
  const named = above.map(device => `device ${labelOf(system, device)}`)
  if (number === undefined) return named
  const isIt = (path: string) => deviceAtPath(system, path) === number
  return [
    ...named,
    ...mountInfo(system).flatMap(mount => (mount.device === number ? [`mount ${mount.mountPoint}`] : [])),
    ...swaps(system).flatMap(path => (isIt(path) ? [`swap ${path}`] : [])),
    ...loops(system).flatMap(({ loop, file }) => (isIt(file) ? [`loop device ${loop}`] : [])),
    ...backstoresOn(system, number).map(backstore => `LIO backstore ${backstore}`),
  ]
}

/** `dm-3` is nothing that an operator knows. */
function labelOf(system: System, name: string): string {
  const mapped = mappedName(system, name)
  return mapped === undefined ? name : `${name} (${mapped})`
}

/** Paths that are swapped to. @see proc(5), /proc/swaps */
export function swaps(system: System): string[] {
  return parseSwaps(readLine(system, '/proc/swaps') ?? '')
}

export function parseSwaps(text: string): string[] {
  const lines = text.split('\n').slice(1)
  return lines.map(line => (line.split(/\s/)[0] ?? '').replace(/\\040/g, ' '))
}

/** The loop devices that are set up, with the file or device behind each. */
export function loops(system: System): { readonly loop: string; readonly file: string }[] {
  return listNames(system, '/sys/block')
    .filter(name => name.startsWith('loop'))
    .flatMap(loop => {
      const file = readLine(system, `/sys/block/${loop}/loop/backing_file`)
      return file === undefined ? [] : [{ loop, file }]
    })
}
