import { type FoundDrbd, handlersDrbdStatus } from '../system/drbd/read-status.ts'
import type { Call } from './call.ts'

/** DRBD 9 is asked by a tool, which may have to wait for DRBD. */
const READ_MILLISECONDS = 10_000

/** How DRBD has the resource on this node. @throws Error when that cannot be read in time. */
export function ownStatus({ system, occasion }: Call): Promise<FoundDrbd> {
  return handlersDrbdStatus(system, occasion, AbortSignal.timeout(READ_MILLISECONDS))
}
