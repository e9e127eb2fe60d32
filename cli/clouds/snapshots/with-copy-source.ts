import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { listedNames } from '../../../cloud/listed-names.ts'
import { partPlaces } from '../../../cloud/readiness/part.ts'
import { snapshotVolumeName } from '../../../system/block/snapshot-name.ts'
import { snapshotTime } from '../../../system/block/snapshot-tags.ts'
import { volumeDevice } from '../../../system/nodes/snapshots/being-read.ts'
import { removeSnapshot } from '../../../system/nodes/snapshots/volumes.ts'
import type { System } from '../../../system/system.ts'
import { interruptible } from '../../run/interruptible.ts'
import { withClusterLock } from '../../run/lock.ts'
import { allOf, messageOf, runSteps, type Work } from '../../run/steps.ts'
import { activeResources } from '../lifecycle.ts'
import { readCib } from '../read-cib.ts'
import { selectClouds } from '../select.ts'
import { type CloudSnapshot, snapshotsOf } from './cloud-snapshots.ts'
import { copySnapshotName, forgottenSnapshots } from './copy-snapshots.ts'
import { dropSteps } from './drop-snapshot.ts'
import { refuseSilent, refuseThreeSides } from './new-snapshot.ts'
import { planSnapshot, type SnapshotPlan, takeSnapshot } from './take-snapshot.ts'

/** A snapshot that is to be copied. */
export interface CopySource {
  readonly cloud: Cloud
  readonly cluster: Cluster
  readonly takenAt: Date
  /** The node on which it is read: not where the storage is exported, if possible. */
  readonly node: string
  readonly device: string
}

interface Wanted {
  readonly storage: string
  /** Undefined: one is taken for this, and dropped afterwards. */
  readonly snapshot: string | undefined
}

/**
 * Does something with a snapshot. One that is taken for it is dropped again whatever happens, except that vhacs is killed: then --check names it.
 * @throws RangeError that says why there is none to be copied; StepFailed
 */
export async function withCopySource(
  work: Work,
  { storage, snapshot }: Wanted,
  act: (source: CopySource) => Promise<void>,
): Promise<void> {
  const reading = interruptible(work.system, work.interruption)
  if (snapshot !== undefined) return act(await sourceOf(reading, storage, snapshot))
  const name = copySnapshotName(work.system.now())
  const planning = () => refusing(storage, () => planOf(reading, storage, name))
  // fails before there is a lock
  await planning()
  const plan = await withClusterLock(work, async () => {
    // again: meanwhile another vhacs may have changed it
    const again = await planning()
    await dropForgotten(work, again)
    await takeSnapshot(work, again)
    return again
  })
  try {
    await act(await copySource(reading, plan.cloud, name, snapshotTime(plan.volume.id)))
  } finally {
    await dropAgain(work, plan)
  }
}

async function planOf(reading: System, storage: string, name: string): Promise<SnapshotPlan> {
  const cloud = await onlyCloud(reading, storage)
  const [active, known] = await Promise.all([activeResources(reading), snapshotsOf(reading, [cloud])])
  return planSnapshot(reading, { cloud, name, sizeBytes: undefined }, { active, known })
}

async function dropForgotten(work: Work, { cloud }: SnapshotPlan): Promise<void> {
  const { snapshots } = await snapshotsOf(work.system, [cloud])
  const forgotten = await forgottenSnapshots(work.system, snapshots)
  await runSteps(
    forgotten.flatMap(left => dropSteps(work, left)),
    work,
  )
}

/** Also after Ctrl-C. */
async function dropAgain(work: Work, { cloud, name, volume }: SnapshotPlan): Promise<void> {
  const { system, print } = work
  const calm = { ...work, interruption: new AbortController().signal }
  const { storageNodes } = cloud
  const drop = {
    name: `removing the snapshot ${name} of ${cloud.name} from ${storageNodes.join(' and ')}`,
    run: () => allOf(storageNodes.map(node => removeSnapshot(system, node, volume))),
  }
  try {
    await withClusterLock(calm, () => runSteps([drop], calm))
  } catch (error) {
    // the copy has succeeded, or failed for a reason of its own
    print(`the snapshot remains: remove it with "vhacs storage --drop ${cloud.name} ${name}" (${messageOf(error)})`)
  }
}

async function sourceOf(reading: System, storage: string, name: string): Promise<CopySource> {
  return refusing(storage, async () => {
    const cloud = await onlyCloud(reading, storage)
    const known = await snapshotsOf(reading, [cloud])
    refuseSilent(cloud, known)
    return copySource(reading, cloud, name, usable(known.snapshots, name).takenAt)
  })
}

function usable(snapshots: readonly CloudSnapshot[], name: string): CloudSnapshot {
  const found = snapshots.find(snapshot => snapshot.name === name)
  if (found === undefined)
    throw new RangeError(`it has no snapshot ${name} (snapshots: ${listedNames(snapshots.map(one => one.name))})`)
  if (found.state !== 'complete') throw new RangeError(`its snapshot ${name} is ${found.state}`)
  if (found.sides.some(({ volume }) => volume?.usedRatio === undefined))
    throw new RangeError(
      `its snapshot ${name} is not active: start the storage with "vhacs storage --active ${found.cloud.name}"`,
    )
  return found
}

async function onlyCloud(reading: System, storage: string): Promise<Cloud> {
  const clouds = selectClouds(storage, (await readCib(reading)).cluster)
  const [cloud] = clouds
  if (cloud === undefined || clouds.length > 1) throw new RangeError('the name of one storage is expected')
  refuseThreeSides(cloud)
  return cloud
}

async function copySource(reading: System, cloud: Cloud, name: string, takenAt: Date): Promise<CopySource> {
  const [active, { cluster }] = await Promise.all([activeResources(reading), readCib(reading)])
  const exporter = partPlaces(cloud, active).export
  const [first] = cloud.storageNodes
  const node = cloud.storageNodes.find(side => side !== exporter) ?? first
  const device = volumeDevice(cloud.volumeGroup, snapshotVolumeName(cloud.name, name))
  return { cloud, cluster, takenAt, node, device }
}

/** Adds of what no copy is made. */
async function refusing<T>(storage: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new RangeError(`${storage} cannot be copied: ${error.message} (nothing was changed)`, { cause: error })
  }
}
