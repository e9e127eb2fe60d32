import { startPatch } from '../../../cloud/cib/cloud-patches.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { resourceIds } from '../../../cloud/ids.ts'
import { snapshotVolumeName } from '../../../system/block/snapshot-name.ts'
import { markRollback, mergeSnapshot, setActive, unmarkRollback } from '../../../system/nodes/snapshots/merge.ts'
import {
  confirmSnapshot,
  createSnapshot,
  type NewSnapshot,
  removeSnapshot,
} from '../../../system/nodes/snapshots/volumes.ts'
import { cleanUp } from '../../../system/pacemaker/cib/cib.ts'
import type { System } from '../../../system/system.ts'
import { allOf, messageOf, runSteps, type Step, StepFailed, type Work } from '../../run/steps.ts'
import { changeCib } from '../change-cib.ts'
import { requestStop, waitUntilMounted, waitUntilStopped } from '../lifecycle.ts'
import { mergeSide, pathOf, sameStep } from './merge-side.ts'

/** What a cloud is to be rolled back to. */
export interface RollbackPlan {
  readonly cloud: Cloud
  /** Of the snapshot. */
  readonly id: string
  /** Its name; undefined when it is gone from both sides. */
  readonly name: string | undefined
  /** The snapshot to be taken before; undefined when an earlier call has gone beyond that. */
  readonly safety: NewSnapshot | undefined
}

/**
 * Rolls a cloud back to a snapshot on both sides. Until the first side changes, a failure undoes everything; from then on, the cloud stays
 * stopped, and the same call finishes it.
 * @throws StepFailed
 */
export async function rollBack(work: Work, plan: RollbackPlan): Promise<void> {
  const { cloud, safety } = plan
  if (safety) await runSteps(preparationSteps(work, plan, safety), work)
  try {
    await runSteps(mergeSteps(work, plan), work)
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    const todo = `${cloud.name} stays stopped, and "vhacs storage --rollback ${cloud.name}" finishes it`
    throw new Error(`${messageOf(error)}; ${todo}`, { cause: error })
  }
  await runSteps(startSteps(work, cloud), work)
}

function preparationSteps(work: Work, { cloud, id }: RollbackPlan, safety: NewSnapshot): Step[] {
  const { system } = work
  const { name, storageNodes } = cloud
  const both = bothSides(cloud)
  const where = storageNodes.join(' and ')
  return [
    { ...stopRequest(work, cloud), undo: () => requestStart(system, cloud) },
    stopWait(work, cloud),
    {
      name: `activating its volumes on ${where}`,
      run: () => both(node => setActive(system, node, pathOf(cloud), true)),
      undo: () => both(node => setActive(system, node, pathOf(cloud), false)),
    },
    sameStep(work, cloud),
    {
      name: `taking the snapshot ${safety.volume} of what is discarded`,
      run: async () => {
        await both(node => createSnapshot(system, node, safety))
        await both(node => confirmSnapshot(system, node, safety))
      },
      undo: () => both(node => removeSnapshot(system, node, safety)),
    },
    {
      name: `noting on ${where} that ${name} is being rolled back, so that nothing starts it meanwhile`,
      run: () => both(node => markRollback(system, node, pathOf(cloud), id)),
      undo: () => both(node => unmarkRollback(system, node, pathOf(cloud), id)),
    },
  ]
}

function mergeSteps(work: Work, { cloud, id, name, safety }: RollbackPlan): Step[] {
  const { system, isDryRun, interruption } = work
  const both = bothSides(cloud)
  const where = cloud.storageNodes.join(' and ')
  const again: Step[] = [
    stopRequest(work, cloud),
    stopWait(work, cloud),
    {
      // one side may not have been noted, or may have lost its note
      name: `noting on ${where} that ${cloud.name} is being rolled back`,
      run: () => both(node => markRollback(system, node, pathOf(cloud), id)),
    },
    {
      name: `activating its volumes on ${where}`,
      run: () => both(node => setActive(system, node, pathOf(cloud), true)),
    },
  ]
  return [
    ...(safety ? [] : again),
    {
      name: `rolling ${cloud.name} back on ${where}`,
      run: () =>
        both(async node => {
          if (isDryRun && name !== undefined)
            return mergeSnapshot(
              system,
              node,
              `${cloud.volumeGroup}/${snapshotVolumeName(cloud.name, name)}`,
              interruption,
            )
          await mergeSide(work, node, { cloud, id })
        }),
    },
    sameStep(work, cloud),
    {
      name: `deactivating its volumes on ${where}`,
      run: () => both(node => setActive(system, node, pathOf(cloud), false)),
    },
    {
      name: `noting on ${where} that ${cloud.name} has been rolled back`,
      run: () => both(node => unmarkRollback(system, node, pathOf(cloud), id)),
    },
  ]
}

function startSteps({ system, interruption }: Work, cloud: Cloud): Step[] {
  const { lvmClone, drbdClone, exportGroup, mountGroup } = resourceIds(cloud.name)
  return [
    {
      name: `requesting the start of ${cloud.name}`,
      run: async () => {
        // a start that was refused meanwhile
        for (const id of [lvmClone, drbdClone, exportGroup, mountGroup]) await cleanUp(system, id)
        await requestStart(system, cloud)
      },
    },
    {
      name: `waiting until ${cloud.name} is mounted`,
      waits: true,
      run: () => waitUntilMounted(system, [cloud], interruption),
    },
  ]
}

function stopRequest({ system }: Work, cloud: Cloud): Step {
  return { name: `requesting the stop of ${cloud.name}`, run: () => requestStop(system, cloud) }
}

function stopWait({ system, interruption }: Work, cloud: Cloud): Step {
  return { name: `stopping ${cloud.name}`, waits: true, run: () => waitUntilStopped(system, [cloud], interruption) }
}

async function requestStart(system: System, { name }: Cloud): Promise<void> {
  await changeCib(system, cib => startPatch(name, cib))
}

function bothSides({ storageNodes }: Cloud) {
  return (act: (node: string) => Promise<void>) => allOf(storageNodes.map(act))
}
