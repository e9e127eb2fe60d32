import type { Cloud } from '../../../cloud/cloud.ts'
import { parseBytes } from '../../../cloud/sizes.ts'
import { parseSnapshotName } from '../../../system/block/snapshot-name.ts'
import type { System } from '../../../system/system.ts'
import { activeResources } from '../../clouds/lifecycle.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { selectClouds } from '../../clouds/select.ts'
import { snapshotsOf } from '../../clouds/snapshots/cloud-snapshots.ts'
import { planSnapshot, type SnapshotPlan, takeSnapshot } from '../../clouds/snapshots/take-snapshot.ts'
import { timeName } from '../../clouds/snapshots/time-name.ts'
import { type Call, textOf } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { interruptible } from '../../run/interruptible.ts'
import { inTurn } from '../../run/jobs.ts'
import { withClusterLock } from '../../run/lock.ts'
import { messageOf } from '../../run/steps.ts'

/** vhacs storage --snapshot */
export async function takeSnapshots(call: Call): Promise<void> {
  const { system, value, operand, options } = call
  const name = operand === undefined ? timeName(system.now()) : parseSnapshotName(operand)
  const size = textOf(options, 'size')
  const wanted = { name, sizeBytes: size === undefined ? undefined : parseBytes(size) }
  const work = timedWork(call)
  const { cluster } = await readCib(system)
  const clouds = selectClouds(value, cluster)
  if (clouds.length === 0) throw new RangeError('there are no storages')
  // fails before there is a lock
  const reading = interruptible(system, work.interruption)
  await plansOf(reading, clouds, wanted)
  await inTurn(clouds, work, cloud =>
    withClusterLock(work, async () => {
      // again: meanwhile another vhacs may have changed it
      const again = selectClouds(cloud.name, (await readCib(reading)).cluster)
      for (const plan of await plansOf(reading, again, wanted)) {
        await takeSnapshot(work, plan)
        if (!work.isDryRun) work.print(`${cloud.name} has the snapshot ${name}`)
      }
    }),
  )
}

/** @throws RangeError that names all clouds of which no snapshot can be taken, and why. */
async function plansOf(
  system: System,
  clouds: readonly Cloud[],
  wanted: { readonly name: string; readonly sizeBytes: number | undefined },
): Promise<SnapshotPlan[]> {
  const [active, known] = await Promise.all([activeResources(system), snapshotsOf(system, clouds)])
  const problems: string[] = []
  const plans = await Promise.all(
    clouds.map(async (cloud): Promise<SnapshotPlan[]> => {
      try {
        return [await planSnapshot(system, { cloud, ...wanted }, { active, known })]
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        problems.push(`no snapshot of ${cloud.name} can be taken: ${messageOf(error)}`)
        return []
      }
    }),
  )
  if (problems.length > 0) throw new RangeError(`${problems.join('; ')} (nothing was changed)`)
  return plans.flat()
}
