import { resourceIds } from '../../../cloud/ids.ts'
import { parseSettledResources } from '../../../cloud/pacemaker/active-resources.ts'
import { parseClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { newFailure } from '../../../cloud/pacemaker/new-failure.ts'
import { partPlaces } from '../../../cloud/readiness/part.ts'
import { rehearsalPatch } from '../../../cloud/rehearsal/constraint.ts'
import { monitorCluster } from '../../../system/pacemaker/cib/cib.ts'
import { runSteps, type Step, type Work } from '../../run/steps.ts'
import { changeCib } from '../change-cib.ts'
import { poll } from '../lifecycle.ts'
import { isInSync, replicationOf } from '../replication/replication.ts'
import { constraintEnd } from './constraint-end.ts'
import type { Route } from './route.ts'

/** Longer than the longest stop and start of an action, and than a promotion that waits for DRBD's handler. */
const MOVE_SECONDS = 300

/**
 * Moves the export of a cloud to the other side, and waits until it runs there and, unless one of them has no disk, all sides are in sync.
 * The constraint for that stays until the caller removes it, or it expires.
 * @throws StepFailed
 */
export async function moveExport(
  work: Work,
  route: Route,
  { needsSync }: { readonly needsSync: boolean },
): Promise<void> {
  const { system } = work
  const { cloud, from, to } = route
  const earlierFailures = parseClusterStatus(await monitorCluster(system)).failures
  const move: Step = {
    name: `moving the export of ${cloud.name} from ${from} to ${to}`,
    run: () => changeCib(system, cib => rehearsalPatch(cloud.name, to, { end: constraintEnd(system), cib })),
  }
  const { drbd, target, address } = resourceIds(cloud.name)
  const moving = { node: to, parts: [drbd, target, address], earlierFailures }
  const synced = needsSync ? `, and ${cloud.storageNodes.length === 2 ? 'both' : 'all'} sides are in sync` : ''
  const wait: Step = {
    name: `waiting until ${to} exports ${cloud.name}${synced}`,
    waits: true,
    run: () =>
      poll(system, { seconds: MOVE_SECONDS, interruption: work.interruption }, async () => {
        const monitor = await monitorCluster(system)
        const failure = newFailure(monitor, moving)
        if (failure !== undefined) throw new Error(failure)
        const { export: node = 'no node' } = partPlaces(cloud, parseSettledResources(monitor))
        if (node !== to) return `${node} exports it after ${MOVE_SECONDS} s; see "crm_mon -1rf"`
        if (!needsSync || isInSync(await replicationOf(system, cloud))) return undefined
        return `it is not in sync after ${MOVE_SECONDS} s`
      }),
  }
  await runSteps([move, wait], work)
}
