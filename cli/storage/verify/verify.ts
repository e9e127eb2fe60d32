import type { Cloud } from '../../../cloud/cloud.ts'
import type { System } from '../../../system/system.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { isBeingVerified, replicationOf } from '../../clouds/replication/replication.ts'
import { selectClouds } from '../../clouds/select.ts'
import type { Call } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { interruptible } from '../../run/interruptible.ts'
import { inTurn } from '../../run/jobs.ts'
import { refusalText } from './begin.ts'
import { verifyNightly } from './nightly.ts'
import { verificationObstacle } from './obstacles.ts'
import { verifyCloud } from './verify-cloud.ts'

/** vhacs storage --verify */
export async function verifyStorages(call: Call): Promise<void> {
  const { system, value, options } = call
  const clouds = selectClouds(value, (await readCib(system)).cluster)
  const work = timedWork(call)
  if (options.nightly)
    return verifyNightly(
      work,
      clouds.map(({ name }) => name),
    )
  if (clouds.length === 0) throw new RangeError('there are no storages')
  const reading = interruptible(system, work.interruption)
  const refused = await Promise.all(
    clouds.map(async cloud => {
      const obstacle = await verificationObstacle(reading, cloud)
      return obstacle === undefined ? [] : [refusalText(cloud, obstacle)]
    }),
  )
  if (refused.flat().length > 0) throw new RangeError(`${refused.flat().join('; ')} (nothing was changed)`)
  await inTurn(await runningFirst(reading, clouds), work, ({ name }) => verifyCloud(work, name))
}

/** One that is being verified already comes first: the others would wait for it. */
async function runningFirst(system: System, clouds: readonly Cloud[]): Promise<Cloud[]> {
  const running = await Promise.all(clouds.map(async cloud => isBeingVerified(await replicationOf(system, cloud))))
  const isRunning = (cloud: Cloud) => running[clouds.indexOf(cloud)] === true
  return [...clouds.filter(isRunning), ...clouds.filter(cloud => !isRunning(cloud))]
}
