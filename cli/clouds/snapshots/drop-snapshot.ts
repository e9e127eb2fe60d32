import { snapshotVolumeName } from '../../../system/block/snapshot-name.ts'
import { removeSnapshot } from '../../../system/nodes/snapshots/volumes.ts'
import { allOf, type Step, type Work } from '../../run/steps.ts'
import type { BegunRollback, CloudSnapshot } from './cloud-snapshots.ts'

/** Removes a snapshot from the sides that have it; it is found again by what a broken-off removal leaves. */
export function dropSteps({ system }: Work, { cloud, name, id, sides }: CloudSnapshot): Step[] {
  const nodes = sides.flatMap(({ node, volume }) => (volume === undefined ? [] : [node]))
  const volume = {
    volumeGroup: cloud.volumeGroup,
    origin: cloud.name,
    volume: snapshotVolumeName(cloud.name, name),
    id,
  }
  return [
    {
      name: `removing the snapshot ${name} of ${cloud.name} from ${nodes.join(' and ')}`,
      run: () => allOf(nodes.map(node => removeSnapshot(system, node, volume))),
    },
  ]
}

/** Why a snapshot cannot be dropped now; undefined if it can. */
export function dropProblem(
  { cloud, state, sides }: CloudSnapshot,
  rollbacks: readonly BegunRollback[],
): string | undefined {
  if (state === 'merging' || rollbacks.some(rollback => rollback.cloud.name === cloud.name))
    return `${cloud.name} is being rolled back: finish that with "vhacs storage --rollback ${cloud.name}"`
  const silent = sides.flatMap(({ problem }) => problem ?? [])
  return silent.length > 0 ? silent.join('; ') : undefined
}

/** Whether a rollback needs it: on both sides, until both are merged. */
export function isRolledBackTo({ id, state }: CloudSnapshot, rollbacks: readonly BegunRollback[]): boolean {
  return state === 'merging' || rollbacks.some(rollback => rollback.id === id)
}
