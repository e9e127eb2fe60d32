import type { CibSnapshot } from '../../../cloud/cib/snapshot.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import type { System } from '../../../system/system.ts'
import { interruptible } from '../../run/interruptible.ts'
import { withClusterLock } from '../../run/lock.ts'
import { messageOf, StepFailed, type Work } from '../../run/steps.ts'
import { readCib } from '../read-cib.ts'
import { selectClouds } from '../select.ts'
import { awaitCopy } from './copy.ts'
import { knownCluster } from './known.ts'
import {
  type BeginPlan,
  type CopyPlan,
  planReplacements,
  type ReplacementChoices,
  type ReplacementPlan,
} from './plan.ts'
import { beginReplacement, endReplacement, removeLeftover } from './replace-side.ts'
import { replaceCommand } from './texts.ts'

/** A side to be replaced, as an operator names it. */
export interface NamedReplacement {
  readonly name: string
  readonly from: string
  readonly to: string | undefined
  readonly choices?: ReplacementChoices | undefined
}

/**
 * What is to be done to replace these sides, as the cluster is now. Reads only.
 * @throws RangeError that names all that cannot be replaced, and why.
 */
export async function currentPlans(system: System, wanted: readonly NamedReplacement[]): Promise<ReplacementPlan[]> {
  return plansIn(system, await readCib(system), wanted)
}

/** The same for a CIB that has been read. */
export async function plansIn(
  system: System,
  snapshot: CibSnapshot,
  wanted: readonly NamedReplacement[],
): Promise<ReplacementPlan[]> {
  const cloudOf = (name: string): Cloud[] => selectClouds(name, snapshot.cluster)
  const named = wanted.flatMap(({ name, ...sides }) => cloudOf(name).map(cloud => ({ cloud, ...sides })))
  return planReplacements(system, await knownCluster(system, snapshot), named)
}

/**
 * Replaces a side from the beginning to the end, or does what an earlier call has left. The lock is not held while the data are copied, which
 * may take hours, and goes on by itself. `confirmed`: what the operator was told, of all sides.
 * @throws StepFailed; RangeError, also for a replacement that would begin although something else was confirmed
 */
export async function replaceSide(
  work: Work,
  wanted: NamedReplacement,
  confirmed: readonly ReplacementPlan[],
): Promise<void> {
  const copy = await withClusterLock(work, () => begin(work, wanted, confirmed))
  if (copy === undefined) return
  const { from, to } = copy
  const again = replaceCommand({ cloud: wanted.name, from, to })
  try {
    await awaitCopy(work, copy)
    await withClusterLock(work, () => end(work, { ...wanted, to }, copy))
  } catch (error) {
    const cause = error instanceof StepFailed ? error.cause : error
    const step = error instanceof StepFailed ? error.step : `replacing the side of ${wanted.name} on ${from}`
    throw new StepFailed(step, new Error(`${messageOf(cause)}; finish it with "${again}"`, { cause: error }), [])
  }
}

async function begin(
  work: Work,
  wanted: NamedReplacement,
  confirmed: readonly ReplacementPlan[],
): Promise<CopyPlan | undefined> {
  const reading = interruptible(work.system, work.interruption)
  const snapshot = await readCib(reading)
  const known = await knownCluster(reading, snapshot)
  const [cloud] = selectClouds(wanted.name, snapshot.cluster)
  if (cloud === undefined) return undefined
  const [plan] = await planReplacements(reading, known, [{ ...wanted, cloud }])
  if (plan?.kind === 'leftover') {
    await removeLeftover(work, plan)
    if (!work.isDryRun) work.print(`${plan.from} has nothing of ${wanted.name} any more`)
    return undefined
  }
  if (plan?.kind !== 'begin') return plan
  requireConfirmed(plan, confirmed)
  await beginReplacement(work, plan, known)
  return { ...plan, kind: 'copy', cloud: plan.after }
}

/** Meanwhile another vhacs may have ended, or undone, what was to be gone on with: a volume with data would be removed. */
function requireConfirmed({ cloud: { name }, to }: BeginPlan, confirmed: readonly ReplacementPlan[]): void {
  if (confirmed.some(plan => plan.kind === 'begin' && plan.cloud.name === name && plan.to === to)) return
  throw new RangeError(
    `the sides of ${name} have changed meanwhile: see "vhacs storage --info ${name}" before you run the command again (nothing was changed)`,
  )
}

/** The cluster may have changed while the data were copied. */
async function end(work: Work, wanted: NamedReplacement, copy: CopyPlan): Promise<void> {
  const [plan = copy] = work.isDryRun ? [copy] : await currentPlans(work.system, [wanted])
  if (plan.kind !== 'copy') throw new Error(`its side on ${plan.from} has changed meanwhile`)
  for (const line of await endReplacement(work, plan)) work.print(line)
  const { from, to } = plan
  if (work.isDryRun) return
  work.print(to === from ? `${wanted.name} has a new disk on ${to}` : `${wanted.name} is on ${to} instead of ${from}`)
}
