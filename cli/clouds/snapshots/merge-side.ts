import type { Cloud } from '../../../cloud/cloud.ts'
import { snapshotVolumeName } from '../../../system/block/snapshot-name.ts'
import { areSame } from '../../../system/nodes/snapshots/generations.ts'
import { bytesToMerge, generationsOn, mergeSnapshot, setActive } from '../../../system/nodes/snapshots/merge.ts'
import { snapshotsOn } from '../../../system/nodes/snapshots/volumes.ts'
import type { Step, Work } from '../../run/steps.ts'
import { roundedSize } from '../../terminal/sizes.ts'
import { poll } from '../lifecycle.ts'

/** How long nothing may be copied, as while LVM removes the snapshot, or a node does not answer. */
const STALL_SECONDS = 300
/** How long LVM may take to remove what is copied; after that, the volume is activated again. */
const PATIENCE_SECONDS = 30

/**
 * Merges the snapshot of a side that still has it, or goes on with a merge that has begun, however long that takes; prints its progress.
 * @throws Error when nothing is copied any more, and it is still there.
 */
export async function mergeSide(
  { system, print, interruption }: Work,
  node: string,
  { cloud, id }: { readonly cloud: Cloud; readonly id: string },
): Promise<void> {
  const find = async () =>
    (await snapshotsOn(system, node)).snapshots.find(
      found => found.id === id && found.storage === cloud.name && found.volumeGroup === cloud.volumeGroup,
    )
  const found = await find()
  if (found === undefined) return
  let quietSince = found.isMerging ? Number.NEGATIVE_INFINITY : system.now()
  if (!found.isMerging) await mergeSnapshot(system, node, snapshotPath(cloud, found.name))
  let [least, printed] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  await poll(system, { seconds: STALL_SECONDS, interruption }, async restart => {
    if ((await find()) === undefined) return undefined
    const bytes = (await bytesToMerge(system, node, cloud)) ?? 0
    if (bytes > 0) {
      quietSince = system.now()
      if (bytes < least) restart()
      least = Math.min(least, bytes)
      if (bytes <= printed * PRINTED_RATIO) {
        print(`${node} has to copy ${roundedSize(bytes)} back`)
        printed = bytes
      }
    } else if (system.now() - quietSince >= PATIENCE_SECONDS * 1000) {
      // it waits for the next activation, or Pacemaker has deactivated the volume after a probe, or LVM was killed
      quietSince = system.now()
      await setActive(system, node, pathOf(cloud), false)
      await setActive(system, node, pathOf(cloud), true)
    }
    return `${node}: nothing more was copied back for ${STALL_SECONDS} s; see "lvs --all" and "dmsetup status" there`
  })
}

/** Progress is printed when so much is left of what was printed last. */
const PRINTED_RATIO = 0.8

/** The name of the volume of a snapshot, with the group. */
export function snapshotPath({ volumeGroup, name }: Cloud, snapshot: string): string {
  return `${volumeGroup}/${snapshotVolumeName(name, snapshot)}`
}

/** By the meta-data of both sides, which are parts of the volumes and of their snapshots. */
export function sameStep({ system }: Work, cloud: Cloud): Step {
  return {
    name: `checking that both sides of ${cloud.name} are the same`,
    waits: true,
    run: async () => {
      const [first, second] = cloud.storageNodes
      const [one, other] = await Promise.all([
        generationsOn(system, first, cloud.name),
        generationsOn(system, second, cloud.name),
      ])
      if (areSame(one, other)) return
      const text = (side: typeof one) =>
        `${side.current}${side.isComplete ? '' : ', blocks to copy'}${side.isUpToDate ? '' : ', not up to date'}`
      throw new Error(`DRBD's generations of the data differ: ${text(one)} on ${first}, ${text(other)} on ${second}`)
    },
  }
}

/** The name of its volume, with the group. */
export function pathOf({ volumeGroup, name }: Cloud): string {
  return `${volumeGroup}/${name}`
}
