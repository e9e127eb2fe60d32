/*
 * Everything that is derived from a cloud's name or minor number. A name holds no underscore or dot and no id below
 * ends in another's last word, so the ids of two clouds never meet.
 */

/**
 * A cloud's name: letters, digits and dashes, at most 32, the first a letter. It is also the name of the DRBD resource,
 * where drbdadm takes `all` for every one, and of the logical volume: lvm(8) keeps `snapshot` and `pvmove` to itself.
 * @throws RangeError that says what form is expected.
 */
export function parseCloudName(text: string): string {
  if (!/^(?!all$|snapshot|pvmove)[a-z][a-z0-9-]{0,31}$/i.test(text))
    throw new RangeError(
      `"${text}" is not a cloud's name: letters, digits and dashes, at most 32 and a letter first, are expected, ` +
        'other than "all" and not starting with "snapshot" or "pvmove"',
    )
  return text
}

/** A word that the command line reads as a range, such as `foobar1-3`: its prefix, its first and its last number. */
export const NAME_RANGE = /^(.*?)(\d+)-(\d+)$/

/** Permanent node attribute of the nodes that may mount clouds; `true` says that they may. */
export const VHOST_ATTRIBUTE = 'vhacs-vhost'

/** Permanent node attribute of the nodes that may hold the data of clouds. */
export const STORAGE_ATTRIBUTE = 'vhacs-storage'

/** Permanent node attribute: the node's iSCSI initiator name, by which targets know it. */
export const INITIATOR_ATTRIBUTE = 'vhacs-initiator'

/** Ids of the resources, as Pacemaker and operators see them. */
export function resourceIds(cloud: string) {
  return {
    lvm: `${cloud}-lvm`,
    lvmClone: `${cloud}-lvm-clone`,
    drbd: `${cloud}-drbd`,
    drbdClone: `${cloud}-drbd-clone`,
    target: `${cloud}-target`,
    address: `${cloud}-address`,
    exportGroup: `${cloud}-export`,
    session: `${cloud}-session`,
    filesystem: `${cloud}-filesystem`,
    mountGroup: `${cloud}-mount`,
  } as const
}

/** Ids of the constraints. */
export function constraintIds(cloud: string) {
  return {
    storage: `${cloud}-storage-location`,
    export: `${cloud}-export-location`,
    vhost: `${cloud}-vhost-location`,
    apart: `${cloud}-apart-location`,
    drbdWithLvm: `${cloud}-drbd-lvm-colocation`,
    lvmBeforeDrbd: `${cloud}-lvm-drbd-order`,
    lvmBeforePromotion: `${cloud}-lvm-promote-order`,
    exportWithDrbd: `${cloud}-export-drbd-colocation`,
    drbdBeforeExport: `${cloud}-drbd-export-order`,
    exportBeforeMount: `${cloud}-export-mount-start-order`,
    mountBeforeExport: `${cloud}-mount-export-stop-order`,
  } as const
}

/** Id of the constraint that keeps a group or clone of a cloud from running anywhere while the cloud is destroyed. */
export function destroyLocationId(resource: string): string {
  return `${resource}-destroy-location`
}

/** Id of the preference for a vhost; `rank` counts from 1. */
export function vhostPreferenceId(cloud: string, rank: number): string {
  return `${cloud}-vhost-preference-${rank}`
}

export function isVhostPreferenceId(cloud: string, id: string): boolean {
  const rank = Number(id.slice(id.lastIndexOf('-') + 1))
  return Number.isInteger(rank) && id === vhostPreferenceId(cloud, rank)
}

export function drbdDevice(minor: number): string {
  return `/dev/drbd${minor}`
}

/** TCP port of the replication. 7788 and up is DRBD's custom; a round base lets an operator see the minor in it. */
export function drbdPort(minor: number): number {
  return 7800 + minor
}

/** Where the service address answers; 3260 is iSCSI's port at IANA. */
export function portalOf(address: string): string {
  return `${address.includes(':') ? `[${address}]` : address}:3260`
}

/**
 * The name that udev gives a cloud's disk: that of the kernel, sdX, depends on the order of logins. An IPv6 address has no
 * brackets in it (systemd, path_id).
 */
export function diskPath({ address, iqn }: { readonly address: string; readonly iqn: string }): string {
  return `/dev/disk/by-path/ip-${address}:3260-iscsi-${iqn}-lun-0`
}

/**
 * Target name, unique between clusters that are named differently. Lower case is the normal form of RFC 3720,
 * section 3.2.6.2: clouds that differ in case only would share it.
 */
export function targetName(clusterName: string, cloud: string): string {
  // 223 bytes at most (RFC 3720): 24 for the prefix, 32 for the cloud, the rest is plenty
  const cluster = clusterName.replace(/[^a-zA-Z0-9.-]+/g, '-').slice(0, 128)
  return `iqn.2026-01.org.vhacs:${cluster}:${cloud}`.toLowerCase()
}
