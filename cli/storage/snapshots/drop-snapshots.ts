import { noteSnapshots } from '../../../system/block/noted-snapshots.ts'
import { parseSnapshotName } from '../../../system/block/snapshot-name.ts'
import { hostName } from '../../../system/host-name.ts'
import { type SnapshotVolume, snapshotsOn } from '../../../system/nodes/snapshots/volumes.ts'
import type { System } from '../../../system/system.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { selectClouds } from '../../clouds/select.ts'
import { type CloudSnapshot, snapshotsOf } from '../../clouds/snapshots/cloud-snapshots.ts'
import { dropProblem, dropSteps, isRolledBackTo } from '../../clouds/snapshots/drop-snapshot.ts'
import { confirm, requireAnswer } from '../../command/confirm.ts'
import type { Call } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { withClusterLock } from '../../run/lock.ts'
import { messageOf, runSteps, type Work } from '../../run/steps.ts'

/** From here on, a snapshot may become full before it is looked at again. */
const FULL_RATIO = 0.9

/** vhacs storage --drop */
export async function dropSnapshots(call: Call): Promise<void> {
  const { system, value, operand, options } = call
  if (options.full) return dropFull(call)
  if (operand === undefined)
    throw new RangeError('--drop STORAGES SNAPSHOT: the name of a snapshot, or ALL, is expected')
  const isMeant = operand === 'ALL' ? () => true : named(parseSnapshotName(operand))
  requireAnswer(call, `remove the snapshot ${operand} of ${value}`)
  const names = selectClouds(value, (await readCib(system)).cluster).map(({ name }) => name)
  const found = await droppable(system, names, isMeant)
  const missing = names.filter(name => !found.some(({ cloud }) => cloud.name === name))
  if (found.length === 0 || (operand !== 'ALL' && missing.length > 0))
    throw new RangeError(
      `there is no snapshot${operand === 'ALL' ? '' : ` ${operand}`} of ${missing.join(', ') || value}`,
    )
  await confirm(call, `remove the snapshots ${found.map(labelOf).join(', ')}`)
  const ids = found.map(({ id }) => id)
  const work = timedWork(call)
  await withClusterLock(work, async () => drop(work, await droppable(system, names, ({ id }) => ids.includes(id))))
}

const named = (wanted: string) => (snapshot: CloudSnapshot) => snapshot.name === wanted

/** `mail1.monday`, as its volume is named. */
function labelOf({ cloud, name }: CloudSnapshot): string {
  return `${cloud.name}.${name}`
}

/** @throws RangeError when one of them cannot be dropped now. */
async function droppable(system: System, names: readonly string[], isMeant: (snapshot: CloudSnapshot) => boolean) {
  const { clouds } = (await readCib(system)).cluster
  const { snapshots, rollbacks, problems } = await snapshotsOf(
    system,
    clouds.filter(({ name }) => names.includes(name)),
  )
  const found = snapshots.filter(isMeant)
  // a node that does not answer may have the only side of a snapshot
  const why = [...new Set([...problems.values(), ...found.flatMap(snapshot => dropProblem(snapshot, rollbacks) ?? [])])]
  if (why.length > 0) throw new RangeError(`${why.join('; ')} (nothing was changed)`)
  return found
}

async function drop(work: Work, snapshots: readonly CloudSnapshot[]): Promise<void> {
  await runSteps(
    snapshots.flatMap(snapshot => dropSteps(work, snapshot)),
    work,
  )
}

/** What the timer of a node does: it notes how full they are, and only asks the others when one of the node's snapshots is about to become full. */
async function dropFull(call: Call): Promise<void> {
  const { system, value } = call
  const { snapshots } = await snapshotsOn(system, hostName(system))
  await noteUsage(system, snapshots).catch((error: unknown) =>
    call.terminal.print(`how full the snapshots are could not be noted for the metrics: ${messageOf(error)}`),
  )
  const here = snapshots.filter(isFull)
  if (here.length === 0) return
  const ids = here.map(({ id }) => id)
  const names = selectClouds(value, (await readCib(system)).cluster).map(({ name }) => name)
  const work = timedWork(call)
  await withClusterLock(work, async () => {
    const { clouds } = (await readCib(system)).cluster
    const known = await snapshotsOf(
      system,
      clouds.filter(({ name }) => names.includes(name)),
    )
    const due = known.snapshots.filter(
      snapshot => ids.includes(snapshot.id) && !isRolledBackTo(snapshot, known.rollbacks),
    )
    for (const snapshot of due) work.print(`${labelOf(snapshot)}: ${fullText(snapshot)}`)
    await drop(work, due)
  })
}

/** For the metrics. Those of which the ratio is not known, as while they are merged, are left out. */
async function noteUsage(system: System, snapshots: readonly SnapshotVolume[]): Promise<void> {
  const known = snapshots.flatMap(({ storage, name, usedRatio, isLost, isMerging, isBeingTaken }) => {
    const ratio = isLost ? 1 : usedRatio
    return ratio === undefined || isMerging || isBeingTaken ? [] : [{ storage, name, usedRatio: Math.min(1, ratio) }]
  })
  await noteSnapshots(system, { at: system.now(), snapshots: known })
}

function isFull({ usedRatio = 0, isLost, isMerging, isBeingTaken }: SnapshotVolume): boolean {
  return !isMerging && !isBeingTaken && (isLost || usedRatio >= FULL_RATIO)
}

function fullText({ sides }: CloudSnapshot): string {
  const texts = sides.flatMap(({ node, volume }) => {
    if (volume === undefined) return []
    return [
      volume.isLost ? `has become full on ${node}` : `${Math.round((volume.usedRatio ?? 0) * 100)}% full on ${node}`,
    ]
  })
  return texts.join(', ')
}
