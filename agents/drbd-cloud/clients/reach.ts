import type { Occasion } from '../../../ocf/agent.ts'
import type { DrbdStatus } from '../../../system/drbd/status.ts'
import type { DrbdContext } from '../parameters.ts'
import { type ClientNetwork, type Reachability, updateClientLoss } from './loss.ts'
import { reportOwnAddresses } from './own-addresses.ts'
import { updateUnreached } from './unreached.ts'

interface Sight {
  readonly network: ClientNetwork
  readonly status: DrbdStatus
  readonly occasion: Occasion
}

/** Who can reach this side, by what it sees of its own network and by what its clients report. Updates the notes of both. */
export async function updateReach(context: DrbdContext, { network, status, occasion }: Sight): Promise<Reachability> {
  const isPrimary = status.role === 'Primary'
  const own = await updateClientLoss(context, network, { isPrimary, occasion })
  if (occasion !== 'probe') await reportOwnAddresses(context)
  if (own.reach !== 'all') return own
  const isUnreached = await updateUnreached(context, { status, occasion })
  return isUnreached ? { ...own, reach: 'none' } : own
}
