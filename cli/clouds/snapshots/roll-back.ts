import { startPatch } from '../../../cloud/cib/cloud-patches.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { resourceIds } from '../../../cloud/ids.ts'
import {
  isMergeStarting,
  markRollback,
  mergeSnapshot,
  setActive,
  unmarkRollback,
} from '../../../system/nodes/snapshots/merge.ts'
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
import type { RollbackStage } from './cloud-snapshots.ts'
import { mergeSide, pathOf, sameStep, snapshotPath } from './merge-side.ts'

/** What a cloud is to be rolled back to. */
export interface RollbackPlan {
  readonly cloud: Cloud
  /** Of the snapshot. */
  readonly id: string
  /** Its name; undefined when it is gone from both sides. */
  readonly name: string | undefined
  /** How far an earlier call has come; `new` where there was none. */
  readonly stage: RollbackStage | 'new'
  /** The snapshot to be taken before, of a new one. */
  readonly safety: NewSnapshot | undefined
}

/**
 * Rolls a cloud back to a snapshot on both sides. Until the first side changes, a failure undoes everything; from then on, the cloud stays
 * stopped, and the same call finishes it. One that was broken off before is undone: since then the cloud may have been started, and written to.
 * @throws StepFailed, or Error that says what remains.
 */
export async function rollBack(work: Work, plan: RollbackPlan): Promise<void> {
  const { cloud, safety, stage } = plan
  if (safety) await runSteps(preparationSteps(work, plan, safety), work)
  const isOver = stage === 'unchanged' || stage === 'compared'
  const steps = isOver ? [unmarkStep(work, plan)] : mergeSteps(work, plan)
  const finish = `"vhacs storage --rollback ${cloud.name}"`
  await hinting(
    runSteps(steps, work),
    isOver ? `run ${finish} again` : `${cloud.name} stays stopped, and ${finish} finishes it`,
  )
  await hinting(runSteps(startSteps(work, cloud), work), `start it with "vhacs storage --active ${cloud.name}"`)
}

/** @throws Error that also says what to do. */
async function hinting(running: Promise<void>, todo: string): Promise<void> {
  try {
    await running
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    throw new Error(`${messageOf(error)}; ${todo}`, { cause: error })
  }
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

function mergeSteps(work: Work, plan: RollbackPlan): Step[] {
  const { system } = work
  const { cloud, id, stage } = plan
  const both = bothSides(cloud)
  const where = cloud.storageNodes.join(' and ')
  const again: Step[] = [
    stopRequest(work, cloud),
    stopWait(work, cloud),
    {
      // one side may have lost its note
      name: `noting on ${where} that ${cloud.name} is being rolled back`,
      run: () => both(node => markRollback(system, node, pathOf(cloud), id)),
    },
    {
      name: `activating its volumes on ${where}`,
      run: () => both(node => setActive(system, node, pathOf(cloud), true)),
    },
  ]
  return [
    ...(stage === 'new' ? [] : again),
    ...(stage === 'merged' ? [] : [mergeStep(work, plan)]),
    sameStep(work, cloud),
    {
      name: `deactivating its volumes on ${where}`,
      run: () => both(node => setActive(system, node, pathOf(cloud), false)),
    },
    unmarkStep(work, plan),
  ]
}

function mergeStep(work: Work, { cloud, id, name }: RollbackPlan): Step {
  const merge = async (node: string) => {
    if (work.isDryRun && name !== undefined) await mergeSnapshot(work.system, node, snapshotPath(cloud, name))
    else await mergeSide(work, node, { cloud, id })
  }
  return {
    name: `rolling ${cloud.name} back on ${cloud.storageNodes.join(' and ')} (the kernel goes on if you interrupt this)`,
    run: () => bothSides(cloud)(merge),
  }
}

function unmarkStep({ system }: Work, { cloud, id, name, stage }: RollbackPlan): Step {
  const both = bothSides(cloud)
  const what = stage === 'unchanged' ? 'is not rolled back' : 'has been rolled back'
  return {
    name: `noting on ${cloud.storageNodes.join(' and ')} that ${cloud.name} ${what}`,
    run: async () => {
      // without the note, a side that is merged later would not be noticed
      if (stage === 'unchanged' && name !== undefined)
        await both(node => refuseMerge(system, node, snapshotPath(cloud, name)))
      await both(node => unmarkRollback(system, node, pathOf(cloud), id))
    },
  }
}

/** @throws Error while a merge that the killed vhacs has requested waits for LVM. */
async function refuseMerge(system: System, node: string, snapshot: string): Promise<void> {
  if (await isMergeStarting(system, node, snapshot))
    throw new Error(`${node}: lvconvert is about to merge ${snapshot}: wait until it has ended`)
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
