import { listNames, readLine } from '../files.ts'
import { hasCode, ifPresent, type System, type Tool } from '../system.ts'

export const lvchange: Tool = { name: 'lvchange', package: 'lvm2' }
export const lvcreate: Tool = { name: 'lvcreate', package: 'lvm2' }
export const lvremove: Tool = { name: 'lvremove', package: 'lvm2' }
export const lvs: Tool = { name: 'lvs', package: 'lvm2' }
export const dmsetup: Tool = { name: 'dmsetup', package: 'dmsetup' }

/**
 * LVM must not look at DRBD or iSCSI devices, nor into logical volumes: it would keep them open or hang on them, and could
 * activate what a client of ours put there. Only rejects, so that a device with a rejected alias is out and every other one
 * is in. Replaces the filters of lvm.conf. The devices file is left out because filters are void with it, and because the
 * node's own volume group must be found whether it is listed there or not.
 */
function devices(rejected: readonly string[]): string {
  const patterns = ['^/dev/drbd', '^/dev/disk/by-path/.*-iscsi-', ...rejected.map(name => `^/dev/${name}$`)]
  const filter = JSON.stringify(patterns.map(pattern => `r|${pattern}|`))
  return `devices{use_devicesfile=0 scan_lvs=0 filter=${filter} global_filter=${filter}}`
}

/**
 * With `partial`, what a lost disk held would be activated as errors, and with read_only_volume_list a volume that cannot be
 * written: both would pass for a success. The mode and the retries are LVM's defaults.
 */
const ACTIVATION = 'activation_mode="degraded" read_only_volume_list=[] retry_deactivation=1'

/**
 * LVM's defaults. Otherwise lvm.conf may leave fields out of a report, write their values in another way, or make its JSON
 * none, by report/prefixes or by what log/prefix puts before each line.
 */
const REPORT =
  'report{output_format="basic" compact_output=0 compact_output_cols="" separator=" " list_item_separator="," prefixes=0 ' +
  'columns_as_rows=0 binary_values_as_numeric=0} log{report_command_log=0 prefix="  "}'

/**
 * For a node that is not looked at: a map over an iSCSI or DRBD device, and an iSCSI disk that udev has not named yet, are not
 * kept from LVM.
 */
export const LVM_CONFIG = ['--config', `${devices([])} activation{${ACTIVATION}} ${REPORT}`] as const

/**
 * For this node; `volume` (`group/volume`) is the one that may be activated, whatever activation/volume_list of lvm.conf
 * keeps from being activated.
 */
export function lvmConfig(system: System, volume?: string): readonly string[] {
  const list = volume === undefined ? '' : ` volume_list=["${volume}"]`
  return ['--config', `${devices(foreignDevices(system))} activation{${ACTIVATION}${list}} ${REPORT}`]
}

/**
 * Disks of iSCSI sessions with their partitions, before udev has made the alias that tells them, and what lies on such a
 * disk or on DRBD without being LVM's, such as a map of multipath: no alias tells that. As LVM's filters name them.
 */
function foreignDevices(system: System): string[] {
  return listNames(system, '/sys/block')
    .filter(name => !name.startsWith('drbd') && !isLvm(system, name) && restsOnForeign(system, name))
    .map(name => (/[a-z]$/.test(name) ? `${name}[0-9]*` : name))
}

function restsOnForeign(system: System, name: string): boolean {
  const below = listNames(system, `/sys/block/${name}/slaves`)
  if (below.length > 0) return below.some(device => restsOnForeign(system, device))
  // a disk's path in sysfs leads through its session
  return (
    name.startsWith('drbd') || /\/session\d+\//.test(ifPresent(() => system.realPath(`/sys/class/block/${name}`)) ?? '')
  )
}

/** The name that device-mapper knows a logical volume by: a dash within a name is doubled. */
export function mapName(volumeGroup: string, volume: string): string {
  return `${volumeGroup.replaceAll('-', '--')}-${volume.replaceAll('-', '--')}`
}

/**
 * Kernel name (`dm-N`) of an active logical volume; undefined when it is not active here.
 * Reads /sys/block/dm-N/dm; asks no LVM command, which a hung disk would hang.
 */
export function activeVolume(system: System, volumeGroup: string, volume: string): string | undefined {
  const device = mappedDevice(system, mapName(volumeGroup, volume))
  return device !== undefined && isLvm(system, device) ? device : undefined
}

/** Kernel name of the device-mapper device of that name, whoever made it. */
export function mappedDevice(system: System, name: string): string | undefined {
  return listNames(system, '/sys/block')
    .filter(device => device.startsWith('dm-'))
    .find(device => mappedName(system, device) === name)
}

/** The name of a device-mapper device; undefined when it is none, or is gone. */
export function mappedName(system: System, device: string): string | undefined {
  return attributeOf(system, device, 'name')
}

/** Whether LVM made a device-mapper device; any name can be given to any. */
export function isLvm(system: System, device: string): boolean {
  return attributeOf(system, device, 'uuid')?.startsWith('LVM-') ?? false
}

/** A file of /sys/block/dm-N/dm; undefined when there is none. The kernel says EINVAL while it removes the device. */
function attributeOf(system: System, device: string, name: 'name' | 'uuid' | 'suspended'): string | undefined {
  try {
    return readLine(system, `/sys/block/${device}/dm/${name}`)
  } catch (error) {
    if (hasCode(error, 'EINVAL')) return undefined
    throw error
  }
}

/** Whether device-mapper holds back all I/O to a mapped device; a device that is gone holds back nothing. */
export function isSuspended(system: System, device: string): boolean {
  return attributeOf(system, device, 'suspended') === '1'
}

/** Whether a mapped device leads anywhere yet: an activation that was cut short can leave one of no size. */
export function hasTable(system: System, device: string): boolean {
  return readLine(system, `/sys/block/${device}/size`) !== '0'
}

/** Whether a volume lies on disks alone, and not on further volumes that LVM made for it (mirror legs, a pool). */
export function isPlain(system: System, device: string): boolean {
  return listNames(system, `/sys/block/${device}/slaves`).every(below => !isLvm(system, below))
}

/** Names of the device-mapper devices to which all I/O waits. */
export function suspendedDevices(system: System): string[] {
  return listNames(system, '/sys/block')
    .filter(device => isSuspended(system, device))
    .map(device => mappedName(system, device) ?? device)
}
