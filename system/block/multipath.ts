import { listNames, readLine } from '../files.ts'
import type { System } from '../system.ts'

/**
 * The multipath device, such as `dm-0`, in which multipathd has combined a disk with other paths to the same unit; undefined when
 * there is none. Reads /sys/block/<disk>/holders and the UUIDs of device-mapper's devices.
 */
export function multipathDevice(system: System, disk: string): string | undefined {
  return listNames(system, `/sys/block/${disk}/holders`).find(
    holder => readLine(system, `/sys/block/${holder}/dm/uuid`)?.startsWith('mpath-') ?? false,
  )
}
