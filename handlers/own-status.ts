import { handlersDrbdStatus } from '../system/drbd/read-status.ts'
import type { DrbdStatus } from '../system/drbd/status.ts'
import type { Call } from './call.ts'

/** For DRBD 9 a tool is run, which may have to wait for DRBD. */
const READ_MILLISECONDS = 10_000

/** The status of the resource on this node, or the reason why DRBD shows none. @throws Error when it cannot be read in time. */
export async function ownStatus({ system, occasion }: Call): Promise<DrbdStatus | string> {
  const found = await handlersDrbdStatus(system, occasion, { signal: AbortSignal.timeout(READ_MILLISECONDS) })
  if (found === undefined) return 'DRBD does not have the resource up on this node'
  if ('leftover' in found) return found.leftover
  return 'unreadable' in found ? found.unreadable : found
}
