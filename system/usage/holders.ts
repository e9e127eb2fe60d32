import { deviceLabel } from '../block/block-devices.ts'
import { deviceAtPath } from '../block/device-at-path.ts'
import { loops } from '../block/loop-devices.ts'
import { swaps } from '../block/swaps.ts'
import { listNames, readLine } from '../files.ts'
import { backstoresOn } from '../lio/backstores.ts'
import { mountInfo } from '../proc/mountinfo.ts'
import type { System } from '../system.ts'

/**
 * The visible users of a device in the kernel: devices on top of it, mounts, swap, loop devices, LIO backstores. For processes see
 * `processesUsing` in device-users.ts.
 */
export function holders(system: System, name: string): string[] {
  const number = readLine(system, `/sys/block/${name}/dev`)
  const above = listNames(system, `/sys/block/${name}/holders`)
  const named = above.map(device => `device ${deviceLabel(system, device)}`)
  if (number === undefined) return named
  const isDevice = (path: string) => deviceAtPath(system, path) === number
  return [
    ...named,
    ...mountInfo(system).flatMap(mount => (mount.device === number ? [`mount ${mount.mountPoint}`] : [])),
    ...swaps(system).flatMap(path => (isDevice(path) ? [`swap ${path}`] : [])),
    ...loops(system).flatMap(({ loop, file }) => (isDevice(file) ? [`loop device ${loop}`] : [])),
    ...backstoresOn(system, number).map(backstore => `LIO backstore ${backstore}`),
  ]
}
