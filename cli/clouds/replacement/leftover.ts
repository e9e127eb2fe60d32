import type { Cloud } from '../../../cloud/cloud.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import type { System } from '../../../system/system.ts'
import { isInSync, replicationOf } from '../replication/replication.ts'
import { notInSyncText } from '../replication/texts.ts'
import type { Known } from './known.ts'
import { targetFacts } from './target.ts'

/** Only what the old side has left is to be removed. */
export interface LeftoverPlan {
  readonly kind: 'leftover'
  readonly cloud: Cloud
  readonly from: string
}

/**
 * What a node that has no side of a cloud has of it nevertheless. Reads only.
 * @throws RangeError where it has nothing, and while its data may be needed.
 */
export async function planLeftover(system: System, known: Known, cloud: Cloud, from: string): Promise<LeftoverPlan> {
  const sides = `its sides are on ${joinedNames(cloud.storageNodes)}`
  if (!known.snapshot.cluster.nodes.some(({ name }) => name === from))
    throw new RangeError(`${from} is not a node of this cluster (${sides})`)
  const { group, files, replaces } = await targetFacts(system, from, cloud)
  if (group?.volumes[cloud.name] === undefined && !files.includes(`${cloud.name}.res`))
    throw new RangeError(`${from} has nothing of it: ${sides}`)
  // a volume that was only prepared has no data
  const replication = replaces === undefined ? await replicationOf(system, cloud) : []
  if (!isInSync(replication))
    throw new RangeError(
      `until its sides are in sync, its old data on ${from} are kept: ${notInSyncText(cloud.name, replication)}`,
    )
  return { kind: 'leftover', cloud, from }
}
