import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import type { System } from '../../../system/system.ts'
import { type BegunRollback, type CloudSnapshot, snapshotsOf } from '../../clouds/snapshots/cloud-snapshots.ts'
import { forgottenSnapshots } from '../../clouds/snapshots/copy-snapshots.ts'
import { error, type Finding, warning } from '../examine/finding.ts'

/** From here on an operator should know; the watch drops it at 90 %. */
const WARNING_RATIO = 0.7

/** Snapshots that are filling, lost or incomplete, and rollbacks that were broken off. Queries the storage nodes. */
export async function snapshotFindings(system: System, { clouds }: Cluster): Promise<Finding[]> {
  const { snapshots, rollbacks } = await snapshotsOf(system, clouds)
  const forgotten = await forgottenSnapshots(system, snapshots)
  return [
    ...forgotten.map(({ cloud, name }) =>
      warning(
        `the snapshot ${name} of ${cloud.name} was taken for an export or a clone that was killed`,
        `vhacs storage --drop ${cloud.name} ${name}`,
      ),
    ),
    ...rollbacks.map(begun => error(rollbackText(begun), `vhacs storage --rollback ${begun.cloud.name}`)),
    ...snapshots.filter(({ id }) => !rollbacks.some(rollback => rollback.id === id)).flatMap(findingsOf),
  ]
}

function rollbackText({ cloud: { name }, nodes, stage }: BegunRollback): string {
  const where = joinedNames(nodes)
  if (stage === 'unchanged')
    return `the rollback of ${name} was broken off before it changed anything: it does not start on ${where}`
  if (stage === 'compared') return `the rollback of ${name} was broken off at its end: it does not start on ${where}`
  return `the rollback of ${name} was broken off: its two sides may differ, and it does not start before that has ended`
}

function findingsOf({ cloud, name, state, sides }: CloudSnapshot): Finding[] {
  const todo = `vhacs storage --drop ${cloud.name} ${name}`
  if (state === 'incomplete')
    return [warning(`the snapshot ${name} of ${cloud.name} is incomplete: taking or removing it was broken off`, todo)]
  return sides.flatMap(({ node, volume }) => {
    if (volume === undefined || volume.isMerging) return []
    if (volume.isLost)
      return [warning(`the snapshot ${name} of ${cloud.name} has become full, and is lost`, todo, node)]
    const { usedRatio = 0 } = volume
    if (usedRatio < WARNING_RATIO) return []
    const used = `${Math.round(usedRatio * 100)}%`
    return [warning(`the snapshot ${name} of ${cloud.name} is ${used} full, and is dropped at 90%`, todo, node)]
  })
}
