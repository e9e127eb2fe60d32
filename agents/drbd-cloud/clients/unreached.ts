import type { Occasion } from '../../../ocf/agent.ts'
import { type DrbdStatus, hasUpToDatePeer } from '../../../system/drbd/status.ts'
import { errorText } from '../../../system/error-text.ts'
import { ignoreMissing, readNote, writeNote } from '../../../system/files.ts'
import { hostName } from '../../../system/host-name.ts'
import { withoutInstanceNumber } from '../../../system/pacemaker/ids.ts'
import type { DrbdContext } from '../parameters.ts'
import { type ClientNote, clientNoteLine, clientNotePath, parseClientNote } from './client-note.ts'
import { connectedClients } from './connected.ts'
import { vhostReports } from './vhost-reports.ts'

/*
 * A switch or packet filter that lets nothing through is seen by no node in itself, but by the initiators. A side that has lost all its
 * clients asks for their reports; if those agree, its score is that of a side without network, so that the export leaves it.
 */

/** The first query comes when the vhosts have reported: after NOP-Outs without answer, and half a minute. */
const FIRST_QUERY_MILLISECONDS = 30_000

/** Each one comes when this many times as long has passed, and the last one before the I/O of the mounts fails. */
const LATER = 1.5
const MOST_QUERIES = 8

/** Nothing shows that a side which exports nothing can be reached again. */
const UNREACHED_MILLISECONDS = 60 * 60 * 1000

/** Why the side counts as unreached; undefined if it does not. */
export function unreachedReason({ system, instance, parameters }: Scene): string | undefined {
  if (parameters.portals === undefined) return undefined
  const note = parseClientNote(readNote(system, clientNotePath(instance)))
  if (note?.is !== 'unreached') return undefined
  const refresh = `crm_resource --refresh -r ${withoutInstanceNumber(instance)} -N ${hostName(system)}`
  return `clients could not reach this node: check its packet filter and the switch, then run "${refresh}"; ${note.vhosts.join(', ')} reported it`
}

type Scene = Pick<DrbdContext, 'system' | 'instance' | 'parameters'>

/**
 * Whether clients cannot reach this side although its network is up. It counts as such for an hour, or until a client is connected, or
 * a probe, by which an operator resets it. A side that no client has reached since its promotion is never given up: the export would
 * move to and fro between two of them.
 */
export async function updateUnreached(
  context: DrbdContext,
  { status, occasion }: { readonly status: DrbdStatus; readonly occasion: Occasion },
): Promise<boolean> {
  const { system, parameters, instance, log, deadline } = context
  const { portals } = parameters
  if (portals === undefined) return false
  const path = clientNotePath(instance)
  try {
    const line = readNote(system, path)
    const note = parseClientNote(line)
    const isConnected = status.role === 'Primary' && connectedClients(system, portals).toPortals
    const next = await nextNote(context, { note, status, occasion, isConnected })
    if (next === undefined && line !== undefined) await ignoreMissing(() => system.remove(path))
    if (next !== undefined && clientNoteLine(next) !== line) await writeNote(system, path, clientNoteLine(next))
    return next?.is === 'unreached'
  } catch (error) {
    deadline.signal.throwIfAborted()
    log.warn(`whether clients reach this node cannot be found out: ${errorText(error)}`)
    return false
  }
}

interface Situation {
  readonly note: ClientNote | undefined
  readonly status: DrbdStatus
  readonly occasion: Occasion
  readonly isConnected: boolean
}

async function nextNote(context: DrbdContext, situation: Situation): Promise<ClientNote | undefined> {
  const { note, status, occasion, isConnected } = situation
  const now = context.system.now()
  if (note?.is === 'unreached') {
    const isOver = occasion === 'probe' || isConnected || now < note.since || now - note.since > UNREACHED_MILLISECONDS
    if (!isOver) return note
    context.log.info('this side no longer counts as one that clients cannot reach; the export stays where it is')
  }
  if (status.role !== 'Primary') return undefined
  if (isConnected) return { is: 'connected' }
  if (note === undefined || note.is === 'unreached') return undefined
  if (note.is === 'connected' || note.since > now) return { is: 'gone', since: now, queries: 0 }
  const isDue = now - note.since >= FIRST_QUERY_MILLISECONDS * LATER ** note.queries
  if (occasion !== 'monitor' || !isDue || note.queries >= MOST_QUERIES || !hasUpToDatePeer(status)) return note
  const counted = { ...note, queries: note.queries + 1 }
  // first, because a query that fails, or whose result cannot be noted, must not be repeated by each monitor
  await writeNote(context.system, clientNotePath(context.instance), clientNoteLine(counted))
  return (await judge(context)) ?? counted
}

/** Asks for the reports of the vhosts; undefined if they are no evidence that the export had better leave. */
async function judge(context: DrbdContext): Promise<ClientNote | undefined> {
  const { system, parameters, log } = context
  const { portals = [] } = parameters
  if (connectedClients(system, portals).fromElsewhere) return undefined
  const { vhosts, client } = await vhostReports(context)
  if (client === undefined) return undefined
  const { vhost, peer } = client
  if (vhosts.length < 2) {
    log.warn(
      `${vhost} cannot reach ${portals[0]} here, while it reaches ${peer}; no other vhost has reported that, so the export stays: check the network of both nodes`,
    )
    return undefined
  }
  log.warn(
    `${vhosts.join(' and ')} have lost their sessions here, no other node has one, and ${vhost} reaches ${peer}: the promotion score of good data falls to 5000 here, so that Pacemaker moves the export of ${portals[0]} to ${peer}; check the packet filter of this node and the switch`,
  )
  return { is: 'unreached', since: system.now(), vhosts }
}

/** After a stop, because nothing watches the clients any more. */
export async function forgetClients({ system, instance, log }: DrbdContext): Promise<void> {
  const path = clientNotePath(instance)
  try {
    if (readNote(system, path) !== undefined) await ignoreMissing(() => system.remove(path))
  } catch (error) {
    log.warn(`${path} could not be removed: ${errorText(error)}`)
  }
}
