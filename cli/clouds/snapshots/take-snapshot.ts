import type { Cloud } from '../../../cloud/cloud.ts'
import type { ActiveResource } from '../../../cloud/pacemaker/active-resources.ts'
import { partPlaces } from '../../../cloud/readiness/part.ts'
import { freezeMount, runFreeze } from '../../../system/nodes/disk/freeze.ts'
import { inFlightOn } from '../../../system/nodes/drbd/in-flight.ts'
import {
  confirmSnapshot,
  createSnapshot,
  type NewSnapshot,
  removeSnapshot,
} from '../../../system/nodes/snapshots/volumes.ts'
import { runOn } from '../../../system/nodes/ssh.ts'
import { type System, ToolFailed } from '../../../system/system.ts'
import { allOf, messageOf, runSteps, type Step, type Work } from '../../run/steps.ts'
import { isInSync, replicationOf } from '../replication/replication.ts'
import { notInSyncText } from '../replication/texts.ts'
import type { CloudSnapshots } from './cloud-snapshots.ts'
import { dropSteps } from './drop-snapshot.ts'
import { newSnapshot, refuseSilent, refuseThreeSides } from './new-snapshot.ts'

/** How long the file system is frozen at most: shorter than the time-outs of monitors, and than what users take for an outage. */
const FREEZE_SECONDS = 20
/** How long requests may be under way after the freeze. */
const QUIET_SECONDS = 5
const PAUSE_MILLISECONDS = 100

/** The unit of systemd that drops snapshots before they are full. */
const WATCHER = 'vhacs-snapshots.timer'

/** A snapshot that can be taken. */
export interface SnapshotPlan {
  readonly cloud: Cloud
  readonly name: string
  readonly vhost: string
  /** The same for both sides. */
  readonly volume: NewSnapshot
  /** What earlier calls have not completed. */
  readonly left: CloudSnapshots['snapshots']
}

interface Wanted {
  readonly cloud: Cloud
  readonly name: string
  readonly sizeBytes: number | undefined
}

/**
 * What is to be done for a snapshot of a cloud. Reads only.
 * @throws RangeError that says why it cannot be taken.
 */
export async function planSnapshot(
  system: System,
  { cloud, name, sizeBytes }: Wanted,
  { active, known }: { readonly active: readonly ActiveResource[]; readonly known: CloudSnapshots },
): Promise<SnapshotPlan> {
  refuseThreeSides(cloud)
  const { vhost } = runningPlaces(cloud, active)
  refuseSilent(cloud, known)
  refuseKnown(cloud, name, known)
  try {
    const [replication, volume] = await Promise.all([
      replicationOf(system, cloud),
      newSnapshot(system, cloud, { name, wantedBytes: sizeBytes }),
    ])
    if (!isInSync(replication)) throw new RangeError(notInSyncText(cloud.name, replication))
    const left = known.snapshots.filter(snapshot => snapshot.cloud.name === cloud.name && isLeft(snapshot))
    return { cloud, name, vhost, volume, left }
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error
    throw new RangeError(`its sides cannot be queried: ${messageOf(error)}`, { cause: error })
  }
}

function refuseKnown({ name: cloud }: Cloud, name: string, known: CloudSnapshots): void {
  if (known.rollbacks.some(rollback => rollback.cloud.name === cloud))
    throw new RangeError(`its rollback was broken off: finish it with "vhacs storage --rollback ${cloud}"`)
  const existing = known.snapshots.find(snapshot => snapshot.cloud.name === cloud && snapshot.name === name)
  if (existing && !isLeft(existing)) throw new RangeError(`it has a snapshot ${name} already`)
}

/** Whether it was never complete: the lock of the cluster is held, so nobody is taking it now. */
function isLeft({ sides }: CloudSnapshots['snapshots'][number]): boolean {
  return sides.some(({ volume }) => volume?.isBeingTaken)
}

/** Where a cloud runs. @throws RangeError for one that does not run completely. */
function runningPlaces(cloud: Cloud, active: readonly ActiveResource[]) {
  const { name, state } = cloud
  if (state === 'standby')
    throw new RangeError(
      `it is in standby: start it with "vhacs storage --active ${name}", as DRBD must be up to show that both sides are the same`,
    )
  const { export: exporter, mount: vhost } = partPlaces(cloud, active)
  if (exporter === undefined || vhost === undefined)
    throw new RangeError(`it does not run completely (see "vhacs storage --info ${name}")`)
  return { exporter, vhost }
}

/**
 * Takes a snapshot on both sides while the file system is frozen. If anything fails, it is removed from both, and the file system is thawed
 * in any case.
 * @throws StepFailed
 */
export async function takeSnapshot(work: Work, plan: SnapshotPlan): Promise<void> {
  const { system } = work
  const { cloud, name, vhost, volume, left } = plan
  const { storageNodes } = cloud
  const where = storageNodes.join(' and ')
  const both = (act: (node: string) => Promise<void>) => allOf(storageNodes.map(act))
  const steps: Step[] = [
    ...left.flatMap(snapshot => dropSteps(work, snapshot)),
    {
      name: `starting the watch over snapshots on ${where}`,
      run: () =>
        both(async node => {
          await runOn(system, node, ['systemctl', '--quiet', 'enable', '--now', WATCHER])
        }),
    },
    {
      name: `taking the snapshot ${name} of ${cloud.name} on ${where}; its file system on ${vhost} is frozen for at most ${FREEZE_SECONDS} s`,
      run: () => takeFrozen(work, plan),
      undo: () => both(node => removeSnapshot(system, node, volume)),
    },
    {
      name: `noting that both sides of ${cloud.name}.${name} are the same`,
      run: () => both(node => confirmSnapshot(system, node, volume)),
    },
  ]
  await runSteps(steps, work)
}

async function takeFrozen({ system, print, isDryRun }: Work, { cloud, vhost, volume }: SnapshotPlan): Promise<void> {
  const { name: word, directory } = cloud
  const request = { node: vhost, directory, word, id: volume.id, limitSeconds: FREEZE_SECONDS }
  const create = () => allOf(cloud.storageNodes.map(node => createSnapshot(system, node, volume)))
  if (isDryRun) {
    await runFreeze(system, request)
    return create()
  }
  const freeze = await freezeMount(system, request)
  let wasHeld = false
  try {
    await untilQuiet(system, cloud)
    await create()
  } finally {
    wasHeld = await freeze.thaw().catch((error: unknown) => {
      print(`how the freeze ended is not known; ${vhost} thaws the file system by itself: ${messageOf(error)}`)
      return false
    })
  }
  if (!wasHeld) throw new Error(`${vhost}: the file system was not frozen until both sides had their snapshots`)
}

/** Waits until both sides have all that was written. @throws Error when that takes too long, or the sides are not in sync. */
async function untilQuiet(system: System, cloud: Cloud): Promise<void> {
  const end = system.now() + QUIET_SECONDS * 1000
  for (;;) {
    const [counts, replication] = await Promise.all([
      Promise.all(cloud.storageNodes.map(node => inFlightOn(system, node, cloud))),
      replicationOf(system, cloud),
    ])
    if (!isInSync(replication)) throw new Error(notInSyncText(cloud.name, replication))
    if (counts.every(count => count === 0)) return
    if (system.now() > end)
      throw new Error(
        `${counts.join(' and ')} requests are still under way in DRBD of ${cloud.name} after ${QUIET_SECONDS} s`,
      )
    await system.sleep(PAUSE_MILLISECONDS)
  }
}
