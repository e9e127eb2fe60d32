import type { Cloud } from '../../../cloud/cloud.ts'
import { joinedNames, listedNames } from '../../../cloud/listed-names.ts'
import { type System, ToolFailed } from '../../../system/system.ts'
import { messageOf } from '../../run/steps.ts'
import { isInSync, replicationOf } from '../replication/replication.ts'
import { notInSyncText } from '../replication/texts.ts'
import type { BegunRollback, CloudSnapshot, CloudSnapshots } from './cloud-snapshots.ts'
import { newSnapshot, refuseSilent } from './new-snapshot.ts'
import type { RollbackPlan } from './roll-back.ts'

interface Wanted {
  readonly cloud: Cloud
  /** Of the snapshot; undefined to finish what was broken off. */
  readonly name: string | undefined
  /** Of the snapshot to be taken before. */
  readonly safetyName: string
}

/** A rollback that can be done, and what it means to an operator. */
export interface PlannedRollback extends RollbackPlan {
  readonly change: string
}

/**
 * What is to be done to roll a cloud back, or what remains of that. Reads only.
 * @throws RangeError that says why it cannot be rolled back.
 */
export async function planRollback(system: System, wanted: Wanted, known: CloudSnapshots): Promise<PlannedRollback> {
  const { cloud, name, safetyName } = wanted
  refuseSilent(cloud, known)
  const own = known.snapshots.filter(snapshot => snapshot.cloud.name === cloud.name)
  const begun = known.rollbacks.find(rollback => rollback.cloud.name === cloud.name)
  if (begun) return remainder(begun, own, name)
  const snapshot = usable(cloud, own, name)
  const { id, takenAt, sides } = snapshot
  const mergedBytes = Math.max(...sides.map(({ volume }) => volume?.sizeBytes ?? 0))
  try {
    const [replication, safety] = await Promise.all([
      replicationOf(system, cloud),
      newSnapshot(system, cloud, { name: safetyName, wantedBytes: undefined, moreBytes: mergedBytes }),
    ])
    if (cloud.state === 'standby')
      throw new RangeError(`${standbyText(cloud)}, as DRBD must be up to show that both sides are the same`)
    if (!isInSync(replication)) throw new RangeError(notInSyncText(cloud.name, replication))
    const since = takenAt.toISOString().replace(/\.\d+/, '')
    const change = `discard what was written to ${cloud.name} since ${since}, except in a new snapshot ${safetyName}, and unmount it meanwhile`
    return { ...{ cloud, id, safety, change }, name: snapshot.name, stage: 'new' }
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error
    throw new RangeError(`its sides cannot be queried: ${messageOf(error)}`, { cause: error })
  }
}

function standbyText({ name }: Cloud): string {
  return `it is in standby: start it with "vhacs storage --active ${name}"`
}

function remainder(
  { cloud, id, stage }: BegunRollback,
  own: readonly CloudSnapshot[],
  name: string | undefined,
): PlannedRollback {
  const target = own.find(snapshot => snapshot.id === id)
  const isUnchanged = stage === 'unchanged'
  if (name !== undefined && target !== undefined && target.name !== name)
    throw new RangeError(
      `its rollback to ${target.name} was broken off: ${isUnchanged ? 'undo' : 'finish'} that first with "vhacs storage --rollback ${cloud.name}"`,
    )
  const change = isUnchanged
    ? `undo the rollback of ${cloud.name}, which has changed nothing yet`
    : `finish the rollback of ${cloud.name}`
  return { ...{ cloud, id, stage, change }, safety: undefined, name: target?.name }
}

function usable(cloud: Cloud, own: readonly CloudSnapshot[], name: string | undefined): CloudSnapshot {
  // all that may be left of one that was killed at its end
  const todo = cloud.state === 'standby' ? `; ${standbyText(cloud)}` : ''
  if (name === undefined)
    throw new RangeError(
      `no rollback of it was broken off, and the name of a snapshot is expected for a new one${todo}`,
    )
  const found = own.find(snapshot => snapshot.name === name)
  if (found === undefined)
    throw new RangeError(
      `it has no snapshot ${name} (snapshots: ${listedNames(own.map(snapshot => snapshot.name))})${todo}`,
    )
  if (found.state !== 'complete') throw new RangeError(`its snapshot ${name} is ${found.state}`)
  const using = found.sides.flatMap(({ node, volume }) => (volume?.isOpen ? [node] : []))
  if (using.length > 0)
    throw new RangeError(`its snapshot ${name} is in use on ${joinedNames(using)}: unmount it there (see "lsblk")`)
  return found
}
