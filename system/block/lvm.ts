import { listNames, readLine } from '../files.ts'
import { hasCode, ifPresent, type System, type Tool } from '../system.ts'

export const lvchange: Tool = { name: 'lvchange', package: 'lvm2' }
export const lvs: Tool = { name: 'lvs', package: 'lvm2' }
export const dmsetup: Tool = { name: 'dmsetup', package: 'dmsetup' }

/**
 * LVM must not scan DRBD or iSCSI devices, nor logical volumes: it would keep them open or hang on them, and could activate a
 * volume group that a client has created there. The patterns only reject: a device with a rejected alias is excluded, every other
 * one is included. They replace the filters of lvm.conf. The devices file is disabled because filters have no effect with it, and
 * because LVM must find the node's own volume group even if that file does not list it.
 */
function devices(rejected: readonly string[]): string {
  const patterns = ['^/dev/drbd', '^/dev/disk/by-path/.*-iscsi-', ...rejected.map(name => `^/dev/${name}$`)]
  const filter = JSON.stringify(patterns.map(pattern => `r|${pattern}|`))
  return `devices{use_devicesfile=0 scan_lvs=0 filter=${filter} global_filter=${filter}}`
}

/**
 * With the mode `partial`, LVM would activate the extents of a lost disk as errors, and with read_only_volume_list a volume
 * that cannot be written: both would look like a success. The mode and the retries are LVM's defaults.
 */
const ACTIVATION = 'activation_mode="degraded" read_only_volume_list=[] retry_deactivation=1'

/**
 * LVM's defaults. Otherwise lvm.conf could omit fields from a report, change the form of their values, or break its JSON with
 * report/prefixes or log/prefix. log/silent keeps remarks, such as the one on many archived files, out of the middle of a report;
 * answers that options such as --yes give still count.
 */
const REPORT =
  'report{output_format="basic" compact_output=0 compact_output_cols="" separator=" " list_item_separator="," prefixes=0 ' +
  'columns_as_rows=0 binary_values_as_numeric=0} log{report_command_log=0 prefix="  " silent=1}'

/**
 * For a node whose devices have not been read. It does not hide maps over iSCSI or DRBD devices, nor iSCSI disks that udev has not
 * named yet.
 */
export const LVM_CONFIG = ['--config', `${devices([])} activation{${ACTIVATION}} ${REPORT}`] as const

/**
 * For this node; `volume` (`group/volume`) may be activated even if activation/volume_list of lvm.conf excludes it.
 */
export function lvmConfig(system: System, volume?: string): readonly string[] {
  const list = volume === undefined ? '' : ` volume_list=["${volume}"]`
  return ['--config', `${devices(foreignDevices(system))} activation{${ACTIVATION}${list}} ${REPORT}`]
}

/**
 * The names, as patterns of LVM's filters, of devices that no alias identifies: disks of iSCSI sessions with their partitions
 * for which udev has not created links yet, and devices on such a disk or on DRBD that are not LVM's, such as multipath maps.
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

/** The device-mapper name of a logical volume: a dash within a name is doubled. */
export function mapName(volumeGroup: string, volume: string): string {
  return `${volumeGroup.replaceAll('-', '--')}-${volume.replaceAll('-', '--')}`
}

/**
 * Kernel name (`dm-N`) of an active logical volume; undefined when it is not active here.
 * Reads /sys/block/dm-N/dm; runs no LVM command, which would hang on a hung disk.
 */
export function activeVolume(system: System, volumeGroup: string, volume: string): string | undefined {
  const device = mappedDevice(system, mapName(volumeGroup, volume))
  return device !== undefined && isLvm(system, device) ? device : undefined
}

/** Kernel name of the device-mapper device of that name, whichever program created it. */
export function mappedDevice(system: System, name: string): string | undefined {
  return listNames(system, '/sys/block')
    .filter(device => device.startsWith('dm-'))
    .find(device => mappedName(system, device) === name)
}

/** The name of a device-mapper device; undefined when it is another kind of device, or no longer exists. */
export function mappedName(system: System, device: string): string | undefined {
  return attributeOf(system, device, 'name')
}

/** Whether LVM created a device-mapper device, by its UUID: any program may choose any name. */
export function isLvm(system: System, device: string): boolean {
  return attributeOf(system, device, 'uuid')?.startsWith('LVM-') ?? false
}

/** A file of /sys/block/dm-N/dm; undefined when it does not exist. The kernel returns EINVAL while it removes the device. */
function attributeOf(system: System, device: string, name: 'name' | 'uuid' | 'suspended'): string | undefined {
  try {
    return readLine(system, `/sys/block/${device}/dm/${name}`)
  } catch (error) {
    if (hasCode(error, 'EINVAL')) return undefined
    throw error
  }
}

/** Whether a device-mapper device is suspended, so that all its I/O is blocked; false when it no longer exists. */
export function isSuspended(system: System, device: string): boolean {
  return attributeOf(system, device, 'suspended') === '1'
}

/** Whether a device-mapper device has a table: an interrupted activation can leave one of size 0. */
export function hasTable(system: System, device: string): boolean {
  return readLine(system, `/sys/block/${device}/size`) !== '0'
}

/** Whether a volume is directly on disks, and not on other volumes that LVM created for it (mirror legs, a pool). */
export function isPlain(system: System, device: string): boolean {
  return listNames(system, `/sys/block/${device}/slaves`).every(below => !isLvm(system, below))
}

/** Names of the suspended device-mapper devices. */
export function suspendedDevices(system: System): string[] {
  return listNames(system, '/sys/block')
    .filter(device => isSuspended(system, device))
    .map(device => mappedName(system, device) ?? device)
}
