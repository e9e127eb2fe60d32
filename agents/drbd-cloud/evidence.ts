import { tryOptional } from '../../ocf/progress.ts'
import { configuredAddresses } from '../../system/drbd/config/config.ts'
import { markedPeers } from '../../system/drbd/split-brain-marker.ts'
import type { DrbdStatus } from '../../system/drbd/status.ts'
import { listeners, portalsConflict } from '../../system/proc/sockets.ts'
import type { System } from '../../system/system.ts'
import { type ClientNetwork, inspectClientNetwork } from './clients/loss.ts'
import { targetModulesFault } from './clients/target-modules.ts'
import { unreachedReason } from './clients/unreached.ts'
import { type Fencing, inspectFencing } from './fencing.ts'
import type { DrbdContext } from './parameters.ts'

/** What this node shows of a resource that is up, in addition to DRBD's own status. */
export interface Evidence {
  /** The peers that the split-brain marker names, empty if it may be any peer; undefined without a marker. */
  readonly split: readonly string[] | undefined
  /** An address of the resource on which another program listens while DRBD has dropped all connections. */
  readonly takenAddress: string | undefined
  readonly fencing: Fencing
  readonly network: ClientNetwork
  /** Why it is known that clients cannot reach this side although its own network is up. */
  readonly unreached: string | undefined
  /** Why a side that is not in use could not export its device, although its data are good. */
  readonly unready: readonly string[]
}

/**
 * Reads the evidence. What only explains a fault is left out if it cannot be read, because no action may fail for an explanation.
 */
export function evidenceOf(context: DrbdContext, status: DrbdStatus): Evidence {
  const { system, parameters } = context
  const { drbd_resource: resource } = parameters
  const { peers, role } = status
  const isAlone = peers.length > 0 && peers.every(({ connection }) => connection === 'StandAlone')
  return {
    split: markedPeers(system, resource),
    takenAddress: isAlone ? tryOptional(() => takenAddresses(system, resource)[0]) : undefined,
    fencing: inspectFencing(system, resource, status),
    network: inspectClientNetwork(context, role === 'Primary'),
    unreached: tryOptional(() => unreachedReason(context)),
    unready: role === 'Primary' ? [] : (tryOptional(() => targetModulesFault(context)) ?? []),
  }
}

/** Addresses of the resource on which something listens; that is not DRBD if it has dropped all connections of the resource. */
function takenAddresses(system: System, resource: string): string[] {
  const taken = listeners(system)
  return configuredAddresses(system, resource).filter(own => taken.some(other => portalsConflict(own, other)))
}
