import { bytesOf, usedExtents } from '../../../system/nodes/blocks/extents.ts'
import { freeBlocksOn } from '../../../system/nodes/blocks/free-blocks.ts'
import { identityOf } from '../../../system/nodes/blocks/identity.ts'
import { readBlocks } from '../../../system/nodes/blocks/read-blocks.ts'
import type { BlockContent } from '../../../system/nodes/blocks/write-blocks.ts'
import { drbdBytesOn } from '../../../system/nodes/disk/drbd-size.ts'
import { volumeRoom } from '../../../system/nodes/disk/volume-room.ts'
import type { CloudContent } from '../../clouds/creation/fill-steps.ts'
import type { CopySource } from '../../clouds/snapshots/with-copy-source.ts'
import { interruptible } from '../../run/interruptible.ts'
import type { Work } from '../../run/steps.ts'

/** A file system in a snapshot. */
export interface SnapshotContent extends CloudContent {
  /** Of the volume that the snapshot is of. */
  readonly volumeBytes: number
}

/** What is to be copied of a snapshot. */
export async function contentOf(
  { system, interruption, isDryRun }: Work,
  { cloud, node, device }: CopySource,
): Promise<SnapshotContent> {
  const reading = interruptible(system, interruption)
  const { sizeBytes } = await volumeRoom(reading, node, `${cloud.volumeGroup}/${cloud.name}`)
  // there may be no snapshot that could be looked at
  if (isDryRun) return { ...EMPTY, volumeBytes: sizeBytes, fileSystemBytes: drbdBytesOn(sizeBytes) }
  const identity = await identityOf(reading, node, device)
  const map = await freeBlocksOn(reading, node, device, interruption)
  return {
    ...{ volumeBytes: sizeBytes, fileSystemBytes: bytesOf(map), extents: usedExtents(map) },
    bytes: signal => readBlocks(system, { node, device, identity, map }, signal),
  }
}

const EMPTY: BlockContent = { extents: [], bytes: async function* () {} }
