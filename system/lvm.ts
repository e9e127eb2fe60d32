import { ifPresent, type System, type Tool } from './system.ts'

export const lvchange: Tool = { name: 'lvchange', package: 'lvm2' }
export const lvcreate: Tool = { name: 'lvcreate', package: 'lvm2' }
export const lvremove: Tool = { name: 'lvremove', package: 'lvm2' }
export const lvs: Tool = { name: 'lvs', package: 'lvm2' }

/**
 * LVM must not look at DRBD or iSCSI devices: it would keep them open or hang on them, and could activate what a client
 * of ours put there. Only rejects, so that a device with a rejected alias is out and every other one is in.
 * Replaces the filters of lvm.conf; void with a devices file (use_devicesfile=1), which lists what LVM may look at.
 */
export const LVM_CONFIG = ['--config', `devices{filter=${rejects()} global_filter=${rejects()}}`] as const

function rejects(): string {
  return '["r|^/dev/drbd|","r|^/dev/disk/by-path/.*-iscsi-|"]'
}

/** The name that device-mapper knows a logical volume by: a dash within a name is doubled. */
export function mapName(volumeGroup: string, volume: string): string {
  return `${volumeGroup.replaceAll('-', '--')}-${volume.replaceAll('-', '--')}`
}

/**
 * Kernel name (`dm-N`) of an active logical volume; undefined when it is not active here.
 * Reads /sys/block/dm-N/dm/name; asks no LVM command, which a hung disk would hang.
 */
export function activeVolume(system: System, volumeGroup: string, volume: string): string | undefined {
  const name = mapName(volumeGroup, volume)
  return (ifPresent(() => system.list('/sys/block')) ?? [])
    .filter(device => device.startsWith('dm-'))
    .find(device => ifPresent(() => system.read(`/sys/block/${device}/dm/name`))?.trim() === name)
}

/** Whether device-mapper holds back all I/O to a mapped device. */
export function isSuspended(system: System, device: string): boolean {
  return system.read(`/sys/block/${device}/dm/suspended`).trim() === '1'
}
