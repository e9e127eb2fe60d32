import type { Cloud } from '../../../cloud/cloud.ts'
import { snapshotVolumeName } from '../../../system/block/snapshot-name.ts'
import { areSame } from '../../../system/nodes/snapshots/generations.ts'
import { generationsOn, mergeSnapshot, setActive } from '../../../system/nodes/snapshots/merge.ts'
import { snapshotsOn } from '../../../system/nodes/snapshots/volumes.ts'
import type { Step, Work } from '../../run/steps.ts'
import { poll } from '../lifecycle.ts'

/** As long as a merge may take that goes on after a reset. */
const MERGE_SECONDS = 12 * 3600

/** Merges the snapshot of a side that still has it, or waits for a merge that is under way. @throws Error when it is still there after that. */
export async function mergeSide(
  { system, interruption }: Work,
  node: string,
  { cloud, id }: { readonly cloud: Cloud; readonly id: string },
): Promise<void> {
  const find = async () =>
    (await snapshotsOn(system, node)).snapshots.find(
      found => found.id === id && found.storage === cloud.name && found.volumeGroup === cloud.volumeGroup,
    )
  const found = await find()
  if (found === undefined) return
  if (!found.isMerging)
    await mergeSnapshot(
      system,
      node,
      `${cloud.volumeGroup}/${snapshotVolumeName(cloud.name, found.name)}`,
      interruption,
    )
  await poll(system, { seconds: MERGE_SECONDS, interruption }, async () => {
    if ((await find()) === undefined) return undefined
    // Pacemaker may have deactivated it, after a probe for example
    await setActive(system, node, pathOf(cloud), true)
    return `${node} still copies the snapshot back, or something has it open`
  })
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
