import { readCib } from '../../clouds/read-cib.ts'
import { selectClouds } from '../../clouds/select.ts'
import type { Call } from '../../command/verb.ts'
import { timedWork } from '../../command/work.ts'
import { interruptible } from '../../run/interruptible.ts'
import { inTurn } from '../../run/jobs.ts'
import { withClusterLock } from '../../run/lock.ts'
import { currentRoutes } from './current.ts'
import { rehearseNightly } from './nightly.ts'
import { rehearse } from './rehearsal.ts'

/** vhacs storage --rehearse */
export async function rehearseStorages(call: Call): Promise<void> {
  const { system, value, options } = call
  const clouds = selectClouds(value, (await readCib(system)).cluster)
  const work = timedWork(call)
  const names = clouds.map(({ name }) => name)
  // until something is changed, an interruption ends the command at once
  const reading = interruptible(system, work.interruption)
  if (options.nightly) return rehearseNightly(work, names)
  if (clouds.length === 0) throw new RangeError('there are no storages')
  await currentRoutes(reading, names)
  await inTurn(clouds, work, ({ name }) =>
    // for each, so that another vhacs need not wait for all
    withClusterLock(work, async () => {
      // again: meanwhile another vhacs may have changed it
      for (const route of await currentRoutes(reading, [name])) await rehearse(work, route)
    }),
  )
}
