import { resourceIds } from '../../../cloud/ids.ts'
import { type Failure, parseClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { newFailure } from '../../../cloud/pacemaker/new-failure.ts'
import { cleanUp, monitorCluster } from '../../../system/pacemaker/cib/cib.ts'
import type { System } from '../../../system/system.ts'
import { runSteps, type Step, type Work } from '../../run/steps.ts'
import { poll } from '../lifecycle.ts'
import { isConnectedSide, replicationOf } from '../replication/replication.ts'
import { waitForResync } from '../replication/resync.ts'
import { statesText } from '../replication/texts.ts'
import type { CopyPlan } from './plan.ts'

/** Longer than the starts of the volume and of DRBD together, and than Pacemaker needs to begin with them. */
const START_SECONDS = 300

/**
 * Makes Pacemaker forget what has failed of the volume and of DRBD on a node: it would not start the new side where the old one has failed.
 * Not on the others, one of which exports, and is degraded without this side.
 */
export function forgetStep(system: System, { cloud: { name }, to }: Pick<CopyPlan, 'cloud' | 'to'>): Step {
  const { lvmClone, drbdClone } = resourceIds(name)
  return {
    name: `clearing failures of the volume and of DRBD of ${name} on ${to}`,
    run: async () => {
      for (const clone of [lvmClone, drbdClone]) await cleanUp(system, clone, to)
    },
  }
}

/**
 * Waits until the new side of a cloud runs, is connected and has all data, however long that takes.
 * @throws StepFailed
 */
export async function awaitCopy(work: Work, plan: CopyPlan): Promise<void> {
  const { cloud, to } = plan
  const { system, interruption, isDryRun } = work
  const { lvm, drbd } = resourceIds(cloud.name)
  const isOurs = ({ resource, node }: Failure) => node === to && (resource === lvm || resource === drbd)
  const { failures } = parseClusterStatus(await monitorCluster(system))
  const isAgain = failures.some(failure => isOurs(failure) && !failure.isDegraded)
  const start: Step = {
    name: `waiting until DRBD of ${cloud.name} runs on ${to} and is connected`,
    waits: true,
    run: async () => {
      const { failures: earlierFailures } = parseClusterStatus(await monitorCluster(system))
      await poll(system, { seconds: START_SECONDS, interruption }, async () => {
        const monitor = await monitorCluster(system)
        const failure = newFailure(monitor, { node: to, parts: [lvm, drbd], earlierFailures })
        if (failure !== undefined) throw new Error(failure)
        const sides = await replicationOf(system, cloud, [to])
        if (sides.every(isConnectedSide)) return undefined
        const isStandby = parseClusterStatus(monitor).haStatus.get(to) === 'standby'
        const todo = isStandby ? `${to} is in standby: run "vhacs node --active ${to}"` : 'see "crm_mon -1rf"'
        return `it is not, after ${START_SECONDS} s (${statesText(sides)}); ${todo}`
      })
    },
  }
  await runSteps([...(isAgain ? [forgetStep(system, plan)] : []), start], work)
  if (!isDryRun) await waitForResync(work, cloud)
}
