/*
 * Ids in the CIB, all derived from the name of a cloud or a vserver. A name contains no underscore or dot, and no id ends in the last
 * word of another, so the ids of two of them never collide, not even those of a cloud and a vserver with the same name.
 */

/** Ids of a cloud's resources. */
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

/** Ids of a vserver's resources. */
export function vserverIds(vserver: string) {
  return { group: `${vserver}-vserver`, container: `${vserver}-container`, address: `${vserver}-ip` } as const
}

/** The id of a resource; Pacemaker adds a number to that of an instance of a clone. */
export function primitiveId(instance: string): string {
  return instance.replace(/:\d+$/, '')
}

/** Ids of a cloud's constraints. */
export function constraintIds(cloud: string) {
  return {
    storage: `${cloud}-storage-location`,
    export: `${cloud}-export-location`,
    vhost: `${cloud}-vhost-location`,
    apart: `${cloud}-apart-location`,
    linked: `${cloud}-linked-location`,
    drbdWithLvm: `${cloud}-drbd-lvm-colocation`,
    lvmBeforeDrbd: `${cloud}-lvm-drbd-order`,
    lvmBeforePromotion: `${cloud}-lvm-promote-order`,
    exportWithDrbd: `${cloud}-export-drbd-colocation`,
    drbdBeforeExport: `${cloud}-drbd-export-order`,
    exportBeforeMount: `${cloud}-export-mount-start-order`,
    mountBeforeExport: `${cloud}-mount-export-stop-order`,
  } as const
}

/** Ids of a vserver's constraints. */
export function vserverConstraintIds(vserver: string) {
  return {
    withMount: `${vserver}-vserver-mount-colocation`,
    afterMount: `${vserver}-mount-vserver-order`,
  } as const
}

/** Id of the constraint that bans a group or clone of a cloud from all nodes while the cloud is destroyed. */
export function destroyLocationId(resource: string): string {
  return `${resource}-destroy-location`
}

/** Id of the constraint that moves the export of a cloud while its failover is rehearsed. */
export function rehearsalLocationId(cloud: string): string {
  return `${cloud}-rehearsal-location`
}

/** Id of the constraint that keeps a side of a cloud down while it is replaced. */
export function replacementLocationId(cloud: string): string {
  return `${cloud}-replacement-location`
}

/** Id of the preference for a vhost; `rank` counts from 1. */
export function vhostPreferenceId(cloud: string, rank: number): string {
  return `${cloud}-vhost-preference-${rank}`
}

export function isVhostPreferenceId(cloud: string, id: string): boolean {
  const rank = Number(id.slice(id.lastIndexOf('-') + 1))
  return Number.isInteger(rank) && id === vhostPreferenceId(cloud, rank)
}
