import type { Context } from '../../ocf/agent.ts'
import { degraded, incomplete, promoted, type State, started, stopped, stoppedWithLeftover } from '../../ocf/state.ts'
import { drbdStatus } from '../../system/drbd/read-status.ts'
import { type DrbdLeftover, type DrbdStatus, isConnected } from '../../system/drbd/status.ts'
import { degradedReason } from './degraded-reason.ts'
import type { DrbdContext } from './parameters.ts'
import { mayHaveScore } from './score.ts'

type Found = DrbdStatus | DrbdLeftover | undefined

/** What the last look of an action found: with DRBD 9 a look is a process, and a monitor shall need one only. */
const lastLook = new WeakMap<object, Found>()

/** Looks at what DRBD has of the resource. */
export async function look(context: DrbdContext): Promise<Found> {
  const { parameters, system, deadline } = context
  const found = await drbdStatus(system, parameters.drbd_resource, deadline.signal)
  lastLook.set(context, found)
  return found
}

/** The status if the resource is up; undefined when it is not, or not as a whole. */
export async function statusOf(context: DrbdContext): Promise<DrbdStatus | undefined> {
  return upOnly(await look(context))
}

/** The status that this action saw last. */
export function lastStatusOf(context: Context): DrbdStatus | undefined {
  return upOnly(lastLook.get(context))
}

function upOnly(found: Found): DrbdStatus | undefined {
  return found === undefined || 'leftover' in found ? undefined : found
}

/** What is found means to Pacemaker: DRBD's primary is promoted, its secondary is started. */
export function stateOf(context: DrbdContext, found: Found): State {
  if (found === undefined) return mayHaveScore(context) ? stoppedWithLeftover('its promotion score') : stopped
  if ('leftover' in found) return stoppedWithLeftover(found.leftover)
  if (found.disk === 'Diskless' && !found.peers.some(isConnected))
    return incomplete('it is configured, but has neither its disk nor its peer')
  const isPrimary = found.role === 'Primary'
  const trouble = degradedReason(context.system, context.parameters.drbd_resource, found)
  if (trouble !== undefined) return degraded(isPrimary ? 'promoted' : 'started', trouble)
  return isPrimary ? promoted : started
}

/** Whether it has its disk, and does not even wait for a peer: DRBD has dropped the connection, or nobody has made any. */
export function hasDropped({ disk, peers }: DrbdStatus): boolean {
  return hasDisk(disk) && (peers.length === 0 || peers.some(({ connection }) => connection === 'StandAlone'))
}

/** Whether it has its disk, and not every peer. */
export function isApart({ disk, peers }: DrbdStatus): boolean {
  return hasDisk(disk) && (peers.length === 0 || !peers.every(isConnected))
}

const hasDisk = (disk: string) => !['Diskless', 'Detaching', 'Failed'].includes(disk)
