import { degraded, incomplete, promoted, type State, started, stopped, stoppedWithLeftover } from '../../ocf/state.ts'
import { drbdStatus, verifiedDrbdStatus } from '../../system/drbd/read-status.ts'
import { type DrbdStatus, type FoundDrbd, isConnected } from '../../system/drbd/status.ts'
import { ToolFailed } from '../../system/system.ts'
import { degradedReason } from './degraded-reason.ts'
import { type Evidence, evidenceOf } from './evidence.ts'
import type { DrbdContext } from './parameters.ts'
import { mayHaveScore } from './score.ts'

/** What a node shows of the resource. */
export type Seen =
  | { readonly is: 'down'; readonly hasScore: boolean }
  | { readonly is: 'leftover'; readonly leftover: string }
  | { readonly is: 'unreadable'; readonly why: string }
  | { readonly is: 'up'; readonly status: DrbdStatus; readonly evidence: Evidence }

/** Reads the status once: with DRBD 9 that starts a process, and a monitor should start only one. */
export async function inspect(context: DrbdContext): Promise<Seen> {
  const found = await readStatus(context)
  if (found === undefined) return downSeen(context)
  if ('leftover' in found) return { is: 'leftover', leftover: found.leftover }
  if ('unreadable' in found) return { is: 'unreadable', why: found.unreadable }
  return { is: 'up', status: found, evidence: evidenceOf(context, found) }
}

export function downSeen(context: DrbdContext): Seen {
  return { is: 'down', hasScore: mayHaveScore(context) }
}

/**
 * DRBD's state of the resource; undefined when DRBD does not have it. All but recurring monitors need certainty. If the tool that
 * shows it fails, a stop can still remove the resource by its name.
 */
export async function readStatus(context: DrbdContext): Promise<FoundDrbd> {
  const { parameters, system, deadline, isRecurring } = context
  const read = isRecurring ? drbdStatus : verifiedDrbdStatus
  try {
    return await read(system, parameters.drbd_resource, deadline)
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error
    return { unreadable: error.message }
  }
}

/** The status of a resource that is up; undefined when it is down, or only partly up. */
export async function statusOf(context: DrbdContext): Promise<DrbdStatus | undefined> {
  const found = await readStatus(context)
  return found === undefined || 'leftover' in found || 'unreadable' in found ? undefined : found
}

/** DRBD's primary is promoted, its secondary is started. */
export function stateOf(seen: Seen, { drbd_resource: name }: DrbdContext['parameters']): State {
  if (seen.is === 'down') return seen.hasScore ? stoppedWithLeftover('its promotion score') : stopped
  if (seen.is === 'leftover') return stoppedWithLeftover(seen.leftover)
  // neither running nor stopped: a stop can still take it down and verify that
  if (seen.is === 'unreadable') return incomplete(seen.why)
  const { status, evidence } = seen
  if (status.disk === 'Diskless' && !status.peers.some(isConnected))
    return incomplete('the resource is configured, but has neither its disk nor its peer')
  const isPrimary = status.role === 'Primary'
  const reason = degradedReason(name, status, evidence)
  if (reason !== undefined) return degraded(isPrimary ? 'promoted' : 'started', reason)
  return isPrimary ? promoted : started
}

/** Whether it has its disk and no peer to wait for: DRBD has dropped the connection, or never made one. */
export function hasDropped({ disk, peers }: DrbdStatus): boolean {
  return hasDisk(disk) && (peers.length === 0 || peers.some(({ connection }) => connection === 'StandAlone'))
}

/** Whether it has its disk, but lacks the connection to a peer. */
export function lacksPeer({ disk, peers }: DrbdStatus): boolean {
  return hasDisk(disk) && (peers.length === 0 || !peers.every(isConnected))
}

const hasDisk = (disk: string) => !['Diskless', 'Detaching', 'Failed'].includes(disk)
