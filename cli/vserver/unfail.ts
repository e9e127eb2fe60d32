import { vserverIds } from '../../cloud/ids.ts'
import { cleanUp } from '../../system/pacemaker/cib/cib.ts'
import { removeDegradedEntries } from '../../system/pacemaker/failed-entry.ts'
import { readCib } from '../clouds/read-cib.ts'
import type { Call } from '../command/verb.ts'
import { timedWork } from '../command/work.ts'
import { inTurn } from '../run/jobs.ts'
import { withClusterLock } from '../run/lock.ts'
import { runSteps } from '../run/steps.ts'
import { partsOf } from './parts.ts'
import { selectVservers } from './select.ts'

/** vhacs vserver --unfail */
export async function unfailVservers(call: Call): Promise<void> {
  const { system } = call
  const vservers = selectVservers(call.value, (await readCib(system)).cluster)
  const work = timedWork(call)
  await withClusterLock(work, () =>
    inTurn(vservers, work, async vserver => {
      const clear = async () => {
        // a cleanup of what is only degraded would make Pacemaker probe it
        await removeDegradedEntries(system, partsOf(vserver), { timeoutSeconds: 60 })
        await cleanUp(system, vserverIds(vserver.name).group)
      }
      await runSteps([{ name: `clearing the failures of ${vserver.name}`, run: clear }], work)
    }),
  )
}
