import type { ClusterStatus } from '../../cloud/pacemaker/cluster-status.ts'
import { hostName } from '../../system/host-name.ts'
import { controllerState, WAITING } from '../../system/pacemaker/controller.ts'
import type { System } from '../../system/system.ts'
import { ifAvailable } from '../run/unavailable.ts'

/** What to say above everything else while Pacemaker starts nothing. Asks the controller of this node, in one short process. */
export async function clusterNotices(
  system: System,
  { hasQuorum }: Pick<ClusterStatus, 'hasQuorum'>,
): Promise<string[]> {
  if (!hasQuorum)
    return [
      'NO QUORUM: nothing is started; start more nodes or, if they are lost for good, run "vhacs cluster --alone" on one that is left',
    ]
  const here = hostName(system)
  const state = await ifAvailable(controllerState(system, here))
  if (state === undefined || !WAITING.includes(state)) return []
  return [
    `NO COORDINATOR: nothing is started, moved or recovered; if this does not end within a minute, run "vhacs cluster --elect" on ${here}`,
  ]
}
