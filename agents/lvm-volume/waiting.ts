import { suspendedDevices } from '../../system/block/lvm.ts'
import type { System } from '../../system/system.ts'

/** Why an LVM command may be waiting, to append to a step; empty when nothing shows it. LVM reads all disks. */
export function lvmWaitReason(system: System): string {
  const suspended = suspendedDevices(system)
  return suspended.length === 0 ? '' : `; LVM is waiting for ${suspended.join(', ')}, which is suspended`
}
