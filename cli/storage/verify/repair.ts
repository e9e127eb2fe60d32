import type { Cloud } from '../../../cloud/cloud.ts'
import { lastVerification } from '../../../cloud/verification/record.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { selectClouds } from '../../clouds/select.ts'
import type { Call } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { interruptible } from '../../run/interruptible.ts'
import { inTurn } from '../../run/jobs.ts'
import type { Work } from '../../run/steps.ts'
import { roundedSize } from '../../terminal/sizes.ts'
import { copyDifferences, copyObstacle } from './copy-differences.ts'
import { recordVerification } from './verify-cloud.ts'

/** vhacs storage --repair */
export async function repairStorages(call: Call): Promise<void> {
  const { system, value } = call
  const clouds = selectClouds(value, (await readCib(system)).cluster)
  if (clouds.length === 0) throw new RangeError('there are no storages')
  const work = timedWork(call)
  const reading = interruptible(system, work.interruption)
  const refused = await Promise.all(
    clouds.map(async cloud => {
      const obstacle = await copyObstacle(reading, cloud)
      return obstacle === undefined ? [] : [`${cloud.name} cannot be repaired: ${obstacle}`]
    }),
  )
  if (refused.flat().length > 0) throw new RangeError(`${refused.flat().join('; ')} (nothing was changed)`)
  await inTurn(clouds, work, cloud => repair(work, cloud))
}

/** The record follows what DRBD knows: a copy that was killed, or a resync since, may have removed the difference already. */
async function repair(work: Work, cloud: Cloud): Promise<void> {
  const bytes = await copyDifferences(work, cloud)
  if (work.isDryRun) return
  const { name } = cloud
  work.print(
    bytes === 0
      ? `nothing of ${name} is known to differ`
      : `${roundedSize(bytes)} of ${name} are copied: both sides are equal, as far as the last verification could see`,
  )
  const last = lastVerification(name, (await readCib(work.system)).cluster.nodes)
  if (last?.outcome === 'different') await recordVerification(work, cloud, { ...last, outcome: 'repaired' })
}
