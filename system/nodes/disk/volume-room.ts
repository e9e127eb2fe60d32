import { LVM_CONFIG } from '../../block/lvm.ts'
import type { System } from '../../system.ts'
import { lvmRows, numberIn, parseJsonAnswer, textIn } from '../json.ts'
import { runOn } from '../ssh.ts'

/** A logical volume, and the room that its group has for it. */
export interface VolumeRoom {
  readonly sizeBytes: number
  /** Such as `linear` or `thin,pool`. */
  readonly layout: string
  /** Whether snapshots depend on it. */
  readonly hasSnapshots: boolean
  readonly freeBytes: number
  readonly extentBytes: number
}

const FIELDS = 'lv_size,lv_layout,lv_role,vg_free,vg_extent_size'

/** The volume of that name (`group/volume`) on a node. @throws ToolFailed, also where there is none. */
export async function volumeRoom(system: System, node: string, volume: string): Promise<VolumeRoom> {
  const report = ['--reportformat', 'json', '--units', 'b', '--nosuffix', '-o', FIELDS, ...LVM_CONFIG] as const
  const finished = await runOn(system, node, ['lvs', ...report, '--', volume], { looks: true, timeoutSeconds: 30 })
  return parseJsonAnswer(finished, value => {
    const [row] = lvmRows(value, 'lv')
    if (row === undefined) throw new RangeError(`it does not list ${volume}`)
    return {
      sizeBytes: numberIn(row, 'lv_size'),
      layout: textIn(row, 'lv_layout'),
      hasSnapshots: textIn(row, 'lv_role').split(',').includes('origin'),
      freeBytes: numberIn(row, 'vg_free'),
      extentBytes: numberIn(row, 'vg_extent_size'),
    }
  })
}

/** Extends a volume to that size, which must be whole extents; its content is not touched. */
export async function extendVolume(system: System, node: string, volume: string, sizeBytes: number): Promise<void> {
  const size = ['--size', `${sizeBytes}b`]
  await runOn(system, node, ['lvextend', '--quiet', ...size, ...LVM_CONFIG, '--', volume])
}
