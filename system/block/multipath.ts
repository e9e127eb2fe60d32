import { listNames, readLine } from '../files.ts'
import type { System } from '../system.ts'

/**
 * The device in which multipathd has combined a disk with other paths to the same unit, such as `dm-0`; undefined when it has
 * not. Reads /sys/block/<disk>/holders and the UUIDs of device-mapper's devices.
 */
export function multipathDevice(system: System, disk: string): string | undefined {
  return listNames(system, `/sys/block/${disk}/holders`).find(
    holder => readLine(system, `/sys/block/${holder}/dm/uuid`)?.startsWith('mpath-') ?? false,
  )
}
