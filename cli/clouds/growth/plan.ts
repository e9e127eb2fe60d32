import type { Cloud } from '../../../cloud/cloud.ts'
import { formatSize } from '../../../cloud/sizes.ts'
import type { ClientDisk } from '../../../system/nodes/disk/client-disk.ts'
import { coversVolume, drbdBytesOn } from '../../../system/nodes/disk/drbd-size.ts'
import { isInSync } from '../replication/replication.ts'
import { notInSyncText } from '../replication/texts.ts'
import type { GrowthFacts, Side } from './facts.ts'
import { roughSize } from './rough-size.ts'

/** What remains to be done until a cloud has a size; what an earlier growth has done is left out. */
export interface GrowthPlan {
  /** The requested size in whole extents. */
  readonly volumeBytes: number
  /** The sides whose volumes are smaller. */
  readonly extended: readonly Side[]
  /** Those of them where DRBD uses all of the volume, so that its meta-data are at the end. */
  readonly noted: readonly Side[]
  readonly isDrbdDue: boolean
  readonly isDiskDue: boolean
  readonly isFilesystemDue: boolean
}

/** Compares the sizes of all layers, from the volume to the file system, with the requested one. */
export function growthPlan({ sides, disk }: GrowthFacts, sizeBytes: number): GrowthPlan {
  const extentBytes = Math.max(...sides.map(({ volume }) => volume.extentBytes))
  const volumeBytes = Math.ceil(sizeBytes / extentBytes) * extentBytes
  const extended = sides.filter(({ volume }) => volume.sizeBytes < volumeBytes)
  const isDrbdDue = extended.length > 0 || sides.some(side => !isGrown(side))
  const isDiskDue = isDrbdDue || disk.sizeBytes < Math.min(...sides.map(({ drbdBytes }) => drbdBytes))
  const isFilesystemDue = isDiskDue || !isFilled(disk)
  return { volumeBytes, extended, noted: extended.filter(isGrown), isDrbdDue, isDiskDue, isFilesystemDue }
}

function isGrown({ drbdBytes, volume }: Side): boolean {
  return coversVolume(drbdBytes, volume.sizeBytes)
}

/** Whether the file system of a disk uses all of it, except what is too little. */
export function isFilled({ filesystem, sizeBytes }: Pick<ClientDisk, 'filesystem' | 'sizeBytes'>): boolean {
  if (filesystem === undefined) return true
  return sizeBytes - filesystem.sizeBytes < filesystem.blockBytes + filesystem.smallestGroupBytes
}

/**
 * Why a cloud cannot be grown to that size; empty if it can. Whether there is room is another question, and so is whether its sides are in sync
 * unless it is grown at once.
 */
export function growthProblems(facts: GrowthFacts, sizeBytes: number, isNow = true): string[] {
  const plan = growthPlan(facts, sizeBytes)
  const shrinking = facts.sides.filter(({ volume }) => volume.sizeBytes > plan.volumeBytes)
  if (shrinking.length > 0) {
    const sizes = shrinking.map(({ node, volume }) => `${formatSize(volume.sizeBytes)} on ${node}`).join(', ')
    return [`a storage never shrinks: its volume has ${sizes}, more than ${formatSize(plan.volumeBytes)}`]
  }
  return [
    ...(isNow && plan.isDrbdDue ? replicationProblems(facts) : []),
    ...plan.extended.flatMap(side => volumeProblems(facts.cloud, side)),
    ...filesystemProblems(facts, plan),
  ]
}

function replicationProblems({ cloud, replication }: GrowthFacts): string[] {
  return isInSync(replication) ? [] : [notInSyncText(cloud.name, replication)]
}

function volumeProblems({ name }: Cloud, { node, volume: { layout, hasSnapshots } }: Side): string[] {
  return [
    ...(layout === 'linear' ? [] : [`its volume on ${node} is ${layout}: vhacs extends linear volumes only`]),
    // lvextend(8) refuses an origin that is active
    ...(hasSnapshots
      ? [
          `its volume on ${node} has snapshots: remove them ("vhacs storage --drop ${name} SNAPSHOT"), as LVM does not extend their origin`,
        ]
      : []),
  ]
}

function filesystemProblems({ disk, vhost }: GrowthFacts, { volumeBytes, isFilesystemDue }: GrowthPlan): string[] {
  const { filesystem, device } = disk
  if (!isFilesystemDue) return []
  if (filesystem === undefined) return [`${device} on ${vhost} has no ext3 file system that could be grown`]
  const { hasErrors, largestBytes } = filesystem
  if (hasErrors) return ['the kernel has found errors in its file system: unmount it and run e2fsck first']
  if (drbdBytesOn(volumeBytes) <= largestBytes) return []
  return [
    `its file system can grow to ${roughSize(largestBytes)} at most: when it was created, no more room was reserved for descriptors of groups`,
  ]
}

/** What a change needs of a volume group. */
export interface RoomNeed {
  /** Such as `vhacs on node1`. */
  readonly place: string
  readonly freeBytes: number
  readonly neededBytes: number
}

export function growthNeeds(
  growths: readonly { readonly facts: GrowthFacts; readonly plan: GrowthPlan }[],
): RoomNeed[] {
  return growths.flatMap(({ facts: { cloud }, plan: { extended, volumeBytes } }) =>
    extended.map(({ node, volume }) => ({
      ...{ place: `${cloud.volumeGroup} on ${node}`, freeBytes: volume.freeBytes },
      neededBytes: volumeBytes - volume.sizeBytes,
    })),
  )
}

/** Where several changes together need more than their volume groups have. */
export function roomProblems(needs: readonly RoomNeed[]): string[] {
  return [...Map.groupBy(needs, ({ place }) => place)].flatMap(([place, found]) => {
    const neededBytes = found.reduce((sum, need) => sum + need.neededBytes, 0)
    const freeBytes = Math.min(...found.map(need => need.freeBytes))
    if (neededBytes <= freeBytes) return []
    return [`${place} has ${formatSize(freeBytes)} free, and ${formatSize(neededBytes)} are needed`]
  })
}
