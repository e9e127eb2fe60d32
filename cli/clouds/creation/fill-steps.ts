import type { Cloud } from '../../../cloud/cloud.ts'
import { drbdDevice } from '../../../cloud/devices.ts'
import { totalOf } from '../../../system/nodes/blocks/extents.ts'
import { deviceBytes, renewFileSystem } from '../../../system/nodes/blocks/file-system.ts'
import { awaitWriter, type BlockContent, writeBlocks } from '../../../system/nodes/blocks/write-blocks.ts'
import type { Step, Work } from '../../run/steps.ts'
import { preciseSize, roundedSize } from '../../terminal/sizes.ts'
import { copyProgress } from '../copy-progress.ts'
import { labelOf, makePrimary, makeSecondary } from './backend.ts'

/** A file system for a new cloud. */
export interface CloudContent extends BlockContent {
  readonly fileSystemBytes: number
}

/**
 * Writes a file system to the DRBD device of a new cloud, which DRBD replicates, instead of an empty one. The cluster does not know the cloud
 * yet, so nothing uses it before all was read and checked.
 */
export function fillSteps(
  { system, print, isDryRun, interruption }: Work,
  cloud: Cloud,
  content: CloudContent,
): Step[] {
  const [node] = cloud.storageNodes
  const device = drbdDevice(cloud.minor)
  const target = { node, device, word: cloud.name }
  const size = totalOf(content.extents)
  return [
    {
      name: `copying ${isDryRun ? 'the file system' : roundedSize(size)} to ${cloud.name} on ${node}`,
      run: async () => {
        await makePrimary(system, node, cloud)
        if (!isDryRun) requireRoom(await deviceBytes(system, node, device), cloud, content)
        const onProgress = copyProgress({ system, print }, size)
        await writeBlocks(system, target, content, { signal: interruption, onProgress })
      },
      // an interrupted writer would hold DRBD up
      undo: () => awaitWriter(system, target),
    },
    {
      name: `checking the file system of ${cloud.name}, and giving it a UUID of its own`,
      run: async () => {
        await renewFileSystem(system, node, device, labelOf(cloud))
        await makeSecondary(system, node, cloud)
      },
    },
  ]
}

/** @throws RangeError */
function requireRoom(bytes: number, { name }: Cloud, { fileSystemBytes }: CloudContent): void {
  if (bytes < fileSystemBytes)
    throw new RangeError(
      `DRBD leaves ${preciseSize(bytes)} of the volumes of ${name}, and the file system has ${preciseSize(fileSystemBytes)}: give a larger --size`,
    )
}
