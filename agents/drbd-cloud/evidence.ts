import { tryOptional } from '../../ocf/progress.ts'
import { configuredAddresses } from '../../system/drbd/config/config.ts'
import type { DrbdStatus } from '../../system/drbd/status.ts'
import { listeners, portalsConflict } from '../../system/proc/sockets.ts'
import type { System } from '../../system/system.ts'
import { type Fencing, inspectFencing } from './fencing.ts'
import { markedPeers } from './split-brain.ts'

/** What this node shows of a resource that is up, in addition to DRBD's own status. */
export interface Evidence {
  /** The peers that the split-brain marker names, empty if it may be any peer; undefined without a marker. */
  readonly split: readonly string[] | undefined
  /** An address of the resource on which another program listens while DRBD has dropped all connections. */
  readonly takenAddress: string | undefined
  readonly fencing: Fencing
}

/**
 * Reads the evidence. What only explains a fault is left out if it cannot be read, because no action may fail for an explanation.
 */
export function evidenceOf(system: System, resource: string, status: DrbdStatus): Evidence {
  const { peers } = status
  const isAlone = peers.length > 0 && peers.every(({ connection }) => connection === 'StandAlone')
  return {
    split: markedPeers(system, resource),
    takenAddress: isAlone ? tryOptional(() => takenAddresses(system, resource)[0]) : undefined,
    fencing: inspectFencing(system, resource, status),
  }
}

/** Addresses of the resource on which something listens; that is not DRBD if it has dropped all connections of the resource. */
function takenAddresses(system: System, resource: string): string[] {
  const taken = listeners(system)
  return configuredAddresses(system, resource).filter(own => taken.some(other => portalsConflict(own, other)))
}
