import { sideChangePatch } from '../../../cloud/change/replacement.ts'
import { completeReplacement } from '../../../system/nodes/disk/replacement-mark.ts'
import { messageOf, runSteps, type Step, StepFailed, type Work } from '../../run/steps.ts'
import { changeCib } from '../change-cib.ts'
import { CREATION_MARK, removeSide } from '../creation/backend.ts'
import { fencesOn, removeFence } from '../fence-constraints.ts'
import { readCib } from '../read-cib.ts'
import { isInSync, replicationOf } from '../replication/replication.ts'
import { notInSyncText } from '../replication/texts.ts'
import { forgetStep } from './copy.ts'
import type { Known } from './known.ts'
import type { LeftoverPlan } from './leftover.ts'
import { newDiskSteps, newNodeSteps } from './new-side.ts'
import { filesSteps, leaveOldSide, stopSteps } from './old-side.ts'
import type { BeginPlan, CopyPlan } from './plan.ts'
import { replaceCommand } from './texts.ts'

/**
 * Takes the old side down, and makes the new one part of the cloud, which then gets the data. A step that fails before anything is removed or
 * the cloud is changed is undone, with those before it; afterwards what is done stays.
 * @throws StepFailed
 */
export async function beginReplacement(work: Work, plan: BeginPlan, known: Known): Promise<void> {
  const { system } = work
  const { cloud, after, from, to, exporter } = plan
  const isNewNode = to !== from
  if (exporter === from) await leaveOldSide(work, plan)
  await runSteps(
    [
      ...(isNewNode ? await newNodeSteps(work, plan, known) : []),
      ...stopSteps(work, plan),
      ...(isNewNode ? filesSteps(work, plan) : []),
    ],
    work,
  )
  const change: Step = {
    name: isNewNode
      ? `moving the side of ${cloud.name} from ${from} to ${to} in the cluster`
      : `letting ${to} start it`,
    run: () => changeCib(system, cib => sideChangePatch(cloud, after, cib)),
  }
  await finishable(plan, () =>
    runSteps(
      [
        ...(isNewNode ? [] : [...newDiskSteps(work, plan), ...filesSteps(work, plan)]),
        forgetStep(system, { cloud, to }),
        change,
      ],
      work,
    ),
  )
}

/** Completes the reason of a failure by how to go on. */
async function finishable(plan: BeginPlan, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    const command = replaceCommand({ ...plan, cloud: plan.cloud.name })
    const reason = `${messageOf(error.cause)}; what is done stays, and "${command}" finishes it`
    throw new StepFailed(error.step, new Error(reason, { cause: error }), [])
  }
}

/** Removes what is left of the old side once the new one has all data. Returns what remains to be done. @throws StepFailed */
export async function endReplacement(work: Work, plan: CopyPlan): Promise<string[]> {
  const { system } = work
  const { cloud, from, to, isFromLost } = plan
  const { name, volumeGroup } = cloud
  const check: Step = {
    name: `checking that the sides of ${name} are in sync`,
    waits: true,
    run: async () => {
      const sides = await replicationOf(system, cloud)
      if (!isInSync(sides)) throw new Error(notInSyncText(name, sides))
    },
  }
  const fences = fencesOn(name, (await readCib(system)).text)
  const unfence: Step = {
    name: `removing DRBD's fence constraint on ${name}: its sides are in sync`,
    run: async () => {
      for (const fence of fences) await removeFence(system, fence)
    },
  }
  const mark = `${CREATION_MARK}${system.now()}`
  const complete: Step = {
    name: `noting that ${name} is complete on ${to}`,
    run: () => completeReplacement(system, to, `${volumeGroup}/${name}`, { from, mark }),
  }
  const isGone = from === to || isFromLost
  await runSteps(
    [check, ...(fences.length > 0 ? [unfence] : []), ...(isGone ? [] : [removalStep(work, plan)]), complete],
    work,
  )
  if (from === to || !isFromLost) return []
  const todo = `when it is back, remove them with "${replaceCommand({ cloud: name, from, to: from })}"`
  return [`${from} is lost, and still has its data of ${name}: ${todo}`]
}

/** Removes what an old side has left on a node that is back. @throws StepFailed */
export async function removeLeftover(work: Work, plan: LeftoverPlan): Promise<void> {
  await runSteps([removalStep(work, plan)], work)
}

function removalStep({ system }: Work, { cloud, from }: Pick<LeftoverPlan, 'cloud' | 'from'>): Step {
  return {
    name: `removing the data of ${cloud.name} from ${from}`,
    run: () => removeSide(system, from, cloud),
  }
}
