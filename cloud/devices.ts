/* Paths of a cloud's block devices, and their network addresses. */

/** The logical volume below DRBD. */
export function volumePath({ volumeGroup, name }: { readonly volumeGroup: string; readonly name: string }): string {
  return `/dev/${volumeGroup}/${name}`
}

const DRBD_DEVICE = '/dev/drbd'

export function drbdDevice(minor: number): string {
  return `${DRBD_DEVICE}${minor}`
}

/** The minor number in such a path; undefined for any other text. */
export function minorOf(device: string): number | undefined {
  const digits = device.startsWith(DRBD_DEVICE) ? device.slice(DRBD_DEVICE.length) : ''
  return /^\d{1,9}$/.test(digits) ? Number(digits) : undefined
}

/** TCP port of the replication. DRBD customarily uses 7788 and up; a round base makes the minor visible in the number. */
export function drbdPort(minor: number): number {
  return LOWEST_PORT + minor
}

const LOWEST_PORT = 7800

/** The largest minor whose replication has a port. */
export const LARGEST_MINOR = 65535 - LOWEST_PORT

/** iSCSI's port at IANA. */
export const PORTAL_PORT = '3260'

/** Where the service address answers. */
export function portalOf(address: string): string {
  return `${address.includes(':') ? `[${address}]` : address}:${PORTAL_PORT}`
}

/**
 * The name that udev gives a cloud's disk: the kernel's name, sdX, depends on the order of logins. An IPv6 address has no
 * brackets in it (systemd, path_id).
 */
export function diskPath({ address, iqn }: { readonly address: string; readonly iqn: string }): string {
  return `/dev/disk/by-path/ip-${address}:${PORTAL_PORT}-iscsi-${iqn}-lun-0`
}
