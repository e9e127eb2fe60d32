import { parseSnapshotName } from '../../../system/block/snapshot-name.ts'
import type { System } from '../../../system/system.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { selectClouds } from '../../clouds/select.ts'
import { snapshotsOf } from '../../clouds/snapshots/cloud-snapshots.ts'
import { type PlannedRollback, planRollback } from '../../clouds/snapshots/plan-rollback.ts'
import { rollBack } from '../../clouds/snapshots/roll-back.ts'
import { timeName } from '../../clouds/snapshots/time-name.ts'
import { warnOfUsers } from '../../clouds/users.ts'
import { confirm, requireAnswer } from '../../command/confirm.ts'
import type { Call } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { interruptible } from '../../run/interruptible.ts'
import { inTurn } from '../../run/jobs.ts'
import { withClusterLock } from '../../run/lock.ts'
import { messageOf } from '../../run/steps.ts'

/** vhacs storage --rollback */
export async function rollBackStorages(call: Call): Promise<void> {
  const { system, value, operand } = call
  const wanted = {
    name: operand === undefined ? undefined : parseSnapshotName(operand),
    safetyName: `before-${timeName(system.now())}`,
  }
  requireAnswer(call, `discard what was written to ${value} since a snapshot`)
  const work = timedWork(call)
  const reading = interruptible(system, work.interruption)
  const plans = await plansOf(reading, value, wanted)
  if (plans.length === 0) throw new RangeError('there are no storages')
  const { vservers } = (await readCib(system)).cluster
  await warnOfUsers(system, work.print, { clouds: plans.map(({ cloud }) => cloud), vservers })
  await confirm(call, plans.map(({ change }) => change).join('; '))
  const named = plans.map(plan => ({ ...plan, name: plan.cloud.name }))
  await inTurn(named, work, ({ name, id, change }) =>
    withClusterLock(work, async () => {
      // again: meanwhile another vhacs may have changed it, or finished it
      for (const plan of await plansOf(reading, name, wanted)) {
        if (plan.id !== id || plan.change !== change)
          throw new RangeError(`the snapshots of ${name} have changed meanwhile (nothing was changed)`)
        await rollBack(work, plan)
        if (!work.isDryRun) work.print(resultText(plan))
      }
    }),
  )
}

function resultText({ cloud: { name }, stage }: PlannedRollback): string {
  return stage === 'unchanged'
    ? `${name} is mounted, as before: nothing of it was rolled back`
    : `${name} is rolled back, and mounted`
}

/** @throws RangeError that names all clouds that cannot be rolled back, and why. */
async function plansOf(
  system: System,
  value: string,
  wanted: { readonly name: string | undefined; readonly safetyName: string },
): Promise<PlannedRollback[]> {
  const clouds = selectClouds(value, (await readCib(system)).cluster)
  const known = await snapshotsOf(system, clouds)
  const problems: string[] = []
  const plans = await Promise.all(
    clouds.map(async (cloud): Promise<PlannedRollback[]> => {
      try {
        return [await planRollback(system, { cloud, ...wanted }, known)]
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        problems.push(`${cloud.name} cannot be rolled back: ${messageOf(error)}`)
        return []
      }
    }),
  )
  if (problems.length > 0) throw new RangeError(`${problems.join('; ')} (nothing was changed)`)
  return plans.flat()
}
