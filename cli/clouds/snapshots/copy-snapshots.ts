import { snapshotVolumeName } from '../../../system/block/snapshot-name.ts'
import { isBeingRead } from '../../../system/nodes/snapshots/being-read.ts'
import type { System } from '../../../system/system.ts'
import { ifAvailable } from '../../run/unavailable.ts'
import type { CloudSnapshot } from './cloud-snapshots.ts'
import { timeName } from './time-name.ts'

/*
 * Snapshots that vhacs takes for a copy, and drops after it. One that was killed leaves its snapshot.
 */

const NAME = /^copy-\d{8}-\d{6}$/

/** The name of one that is taken then. */
export function copySnapshotName(milliseconds: number): string {
  return `copy-${timeName(milliseconds)}`
}

/** Longer than a copy waits for the lock of the cluster before it reads. */
const IDLE_MILLISECONDS = 3_600_000

/** Those that no copy needs any more: older than an hour, and nothing reads them. Queries the storage nodes if there may be such. */
export async function forgottenSnapshots(
  system: System,
  snapshots: readonly CloudSnapshot[],
): Promise<CloudSnapshot[]> {
  const old = snapshots.filter(
    ({ name, takenAt, state }) =>
      NAME.test(name) && ['complete', 'lost'].includes(state) && system.now() - takenAt.getTime() > IDLE_MILLISECONDS,
  )
  const uses = await Promise.all(old.map(snapshot => isUsed(system, snapshot)))
  return old.filter((_, index) => !uses[index])
}

/** Also where a node does not answer. */
async function isUsed(system: System, { cloud, name, sides }: CloudSnapshot): Promise<boolean> {
  const volume = { volumeGroup: cloud.volumeGroup, volume: snapshotVolumeName(cloud.name, name) }
  const answers = await Promise.all(sides.map(({ node }) => ifAvailable(isBeingRead(system, node, volume))))
  return answers.some(answer => answer !== false)
}
