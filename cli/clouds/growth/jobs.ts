import type { Cloud } from '../../../cloud/cloud.ts'
import { formatSize } from '../../../cloud/sizes.ts'
import type { System } from '../../../system/system.ts'
import type { Job } from '../../run/jobs.ts'
import { messageOf, StepFailed, type Work } from '../../run/steps.ts'
import { activeResources } from '../lifecycle.ts'
import { isInSync } from '../replication/replication.ts'
import { waitForResync } from '../replication/resync.ts'
import { growthFacts } from './facts.ts'
import { type Growth, growCloud } from './grow-cloud.ts'
import { growthNeeds, growthPlan, growthProblems, roomProblems } from './plan.ts'

/** A cloud and the size that its volumes shall have. */
export interface WantedSize {
  readonly cloud: Cloud
  readonly sizeBytes: number
  /** The sides that stay while another one is replaced, before the cloud is grown: only they can be looked at. */
  readonly stays?: readonly string[]
}

/**
 * What is to be done to grow these clouds. Reads only.
 * @throws RangeError that names all that cannot be grown, and why.
 */
export async function planGrowths(system: System, wanted: readonly WantedSize[]): Promise<Growth[]> {
  if (wanted.length === 0) return []
  const active = await activeResources(system)
  const problems: string[] = []
  const found = await Promise.all(
    wanted.map(async ({ cloud, sizeBytes, stays }): Promise<Growth[]> => {
      const refuse = (why: readonly string[]) => problems.push(`${cloud.name} cannot be grown: ${why.join('; ')}`)
      try {
        const facts = await growthFacts(system, cloud, active, stays)
        const why = growthProblems(facts, sizeBytes, stays === undefined)
        if (why.length > 0) refuse(why)
        return [{ facts, plan: growthPlan(facts, sizeBytes) }]
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        refuse([messageOf(error)])
        return []
      }
    }),
  )
  const growths = found.flat()
  const all = [...problems, ...roomProblems(growthNeeds(growths))]
  if (all.length > 0) throw new RangeError(`${all.join('; ')} (nothing was changed)`)
  return growths
}

/** Jobs that grow clouds, for which `planGrowths` has found no obstacle. Each looks at its cloud again when it begins. */
export function growthJobs(work: Work, wanted: readonly WantedSize[]): Job[] {
  return wanted.map(one => ({
    name: one.cloud.name,
    outcome: `has ${formatSize(one.sizeBytes)}`,
    run: async print => {
      const own = { ...work, print }
      const [growth] = await planGrowths(work.system, [one])
      if (growth) await finishable(one, () => growCloud(own, growth))
    },
  }))
}

/** Jobs that wait until the new area of clouds is in sync, or an earlier one that still is not. They need no lock. */
export function resyncJobs(work: Work, growths: readonly Growth[]): Job[] {
  const growing = growths.filter(({ facts, plan }) => plan.isFilesystemDue || !isInSync(facts.replication))
  return growing.map(({ facts: { cloud } }) => ({
    name: cloud.name,
    outcome: 'is in sync',
    run: print => waitForResync({ ...work, print }, cloud),
  }))
}

/** Completes the reason of a failure by how to go on. */
async function finishable({ cloud, sizeBytes }: WantedSize, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    const command = `vhacs storage --grow ${cloud.name} --size ${formatSize(sizeBytes)}`
    const reason = `${messageOf(error.cause)}; what is done stays, and "${command}" finishes it`
    throw new StepFailed(error.step, new Error(reason, { cause: error }), [])
  }
}
