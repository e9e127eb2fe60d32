import { parseSize } from '../../../cloud/sizes.ts'
import type { System } from '../../../system/system.ts'
import { growthJobs, planGrowths, resyncJobs } from '../../clouds/growth/jobs.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { selectClouds } from '../../clouds/select.ts'
import { type Call, textOf } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { interruptible } from '../../run/interruptible.ts'
import { runJobs } from '../../run/jobs.ts'
import { withClusterLock } from '../../run/lock.ts'

/** vhacs storage --grow */
export async function growStorages(call: Call): Promise<void> {
  const { system, value, options, terminal } = call
  const sizeBytes = parseSize(textOf(options, 'size') ?? '')
  const work = timedWork(call)
  const wantedIn = async (reading: System) => {
    const clouds = selectClouds(value, (await readCib(reading)).cluster)
    if (clouds.length === 0) throw new RangeError('there are no storages')
    return clouds.map(cloud => ({ cloud, sizeBytes }))
  }
  // fails before there is a lock
  const reading = interruptible(system, work.interruption)
  await planGrowths(reading, await wantedIn(reading))
  const growths = await withClusterLock(work, async () => {
    // again: meanwhile another vhacs may have changed them
    const wanted = await wantedIn(reading)
    const found = await planGrowths(reading, wanted)
    await runJobs(terminal, work, growthJobs(work, wanted))
    return found
  })
  // without the lock: it may take hours, and goes on by itself
  const jobs = resyncJobs(work, growths)
  if (jobs.length > 0) await runJobs(terminal, work, jobs)
}
