import { randomInt } from 'node:crypto'
import type { Cloud } from '../../../cloud/cloud.ts'
import { formatSize } from '../../../cloud/sizes.ts'
import { snapshotVolumeName } from '../../../system/block/snapshot-name.ts'
import { newSnapshotId } from '../../../system/block/snapshot-tags.ts'
import { volumeRoom } from '../../../system/nodes/disk/volume-room.ts'
import type { NewSnapshot } from '../../../system/nodes/snapshots/volumes.ts'
import type { System } from '../../../system/system.ts'
import type { CloudSnapshots } from './cloud-snapshots.ts'

/** Unless another size is requested: this part of the volume can change until the snapshot is full. */
const USUAL_RATIO = 0.2

interface Wanted {
  readonly name: string
  /** The room for what changes; undefined for the usual one. */
  readonly wantedBytes: number | undefined
  /** What certainly changes, besides that. */
  readonly moreBytes?: number
}

/**
 * The volumes of a new snapshot, the same on both sides. Reads only.
 * @throws RangeError where there is no room, or the volume is of another kind; ToolFailed
 */
export async function newSnapshot(
  system: System,
  cloud: Cloud,
  { name, wantedBytes, moreBytes = 0 }: Wanted,
): Promise<NewSnapshot> {
  const { volumeGroup, storageNodes } = cloud
  const rooms = await Promise.all(
    storageNodes.map(async node => ({ node, ...(await volumeRoom(system, node, `${volumeGroup}/${cloud.name}`)) })),
  )
  const other = rooms.find(({ layout }) => layout !== 'linear')
  if (other)
    throw new RangeError(`its volume on ${other.node} is ${other.layout}: vhacs takes snapshots of linear volumes only`)
  const extentBytes = Math.max(...rooms.map(room => room.extentBytes))
  const usualBytes = Math.max(...rooms.map(room => room.sizeBytes)) * USUAL_RATIO
  const extents = Math.max(1, Math.ceil(((wantedBytes ?? usualBytes) + moreBytes) / extentBytes))
  const sizeBytes = extents * extentBytes
  const short = rooms.filter(({ freeBytes }) => freeBytes < sizeBytes)
  if (short.length > 0) {
    const texts = short.map(({ node, freeBytes }) => `${volumeGroup} on ${node} has ${formatSize(freeBytes)} free`)
    throw new RangeError(`${texts.join(', ')}, and ${formatSize(sizeBytes)} are needed for what changes`)
  }
  return {
    ...{ volumeGroup, origin: cloud.name, sizeBytes },
    volume: snapshotVolumeName(cloud.name, name),
    id: newSnapshotId(system.now(), randomInt(2 ** 32)),
  }
}

/** @throws RangeError when a node of a cloud did not say which snapshots it has. */
export function refuseSilent({ storageNodes }: Cloud, { problems }: CloudSnapshots): void {
  const silent = storageNodes.flatMap(node => problems.get(node) ?? [])
  if (silent.length > 0) throw new RangeError(`its sides cannot be queried: ${silent.join('; ')}`)
}

/** @throws RangeError for a cloud of which no snapshot is taken, whatever its state. */
export function refuseThreeSides({ storageNodes }: Cloud): void {
  if (storageNodes.length > 2) throw new RangeError('it has three sides, and vhacs only takes the same snapshot of two')
}
