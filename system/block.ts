import { backstoresOn } from './backstores.ts'
import { mountInfo } from './mounts.ts'
import { ifPresent, type System } from './system.ts'

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

/**
 * What has the device open as far as the kernel shows it: devices on top of it, mounts, LIO backstores.
 * Empty when nothing does, or when a process has it open (no file in /sys or /proc shows that cheaply).
 */
export function holders(system: System, name: string): string[] {
  const number = ifPresent(() => system.read(`/sys/block/${name}/dev`))?.trim()
  const above = ifPresent(() => system.list(`/sys/block/${name}/holders`)) ?? []
  const mounts = mountInfo(system).filter(mount => mount.device === number)
  return [
    ...above.map(device => `device ${device}`),
    ...mounts.map(mount => `mount ${mount.mountPoint}`),
    ...(number === undefined ? [] : backstoresOn(system, number).map(backstore => `LIO backstore ${backstore}`)),
  ]
}
