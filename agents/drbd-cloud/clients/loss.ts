import type { Occasion } from '../../../ocf/agent.ts'
import { errorText } from '../../../system/error-text.ts'
import { fileNameOf, ignoreMissing, RUN_DIRECTORY, readNote, writeNote } from '../../../system/files.ts'
import { withoutInstanceNumber } from '../../../system/pacemaker/ids.ts'
import type { DrbdContext } from '../parameters.ts'
import { clientReach, type Reach } from './network.ts'

/*
 * A side that clients cannot reach has a lower promotion score, and one that only its own can, a higher one. A cable that is replugged, or a switch that restarts a port, must
 * move nothing: the network counts as lost when it has been away for a while, and as back when it has been there for longer. A
 * note holds the time of the loss, and that of the return.
 */

/** What a node shows of the network between it and the clients. */
export interface ClientNetwork {
  /** Who can reach this node now. */
  readonly reach: Reach
  /** What is noted, in milliseconds since 1970; undefined while nothing was lost. */
  readonly loss: Loss | undefined
}

interface Loss {
  /** Who could reach this node during the loss. */
  readonly by: 'none' | 'self'
  readonly lostAt: number
  readonly backAt: number | undefined
}

/** A failover interrupts the clients for about as long as this. */
const LOST_MILLISECONDS = 5000

const BACK_MILLISECONDS = 30_000

const POLL_MILLISECONDS = 500

type Scene = Pick<DrbdContext, 'system' | 'instance' | 'parameters'>

/** Reads the network and the note. */
export function inspectClientNetwork(scene: Scene, isPrimary: boolean): ClientNetwork {
  const { system, instance, parameters } = scene
  const reach = clientReach(system, parameters.portals ?? [], isPrimary)
  return { reach, loss: parameters.portals && parseLoss(readNote(system, notePath(instance)) ?? '') }
}

function parseLoss(line: string): Loss | undefined {
  const [, by, lostAt, backAt] = /^(none|self) (\d{1,15})(?: (\d{1,15}))?$/.exec(line) ?? []
  if (by === undefined) return undefined
  return {
    by: by === 'self' ? by : 'none',
    lostAt: Number(lostAt),
    backAt: backAt === undefined ? undefined : Number(backAt),
  }
}

function lossLine({ by, lostAt, backAt }: Loss): string {
  return [by, lostAt, ...(backAt === undefined ? [] : [backAt])].join(' ')
}

/** Who counts as able to reach the node, and whether it was watched for some seconds to decide that. */
export interface Reachability {
  readonly reach: Reach['by']
  readonly hasWaited: boolean
}

/**
 * Who can reach this side, apart from short interruptions; notes and logs when a loss begins and ends. A monitor that sees one for
 * the first time watches it for five seconds: waiting for the next monitor would take longer. A side that has just been started or
 * notified is judged at once if nothing moves by that: if it is cut off, and not in use.
 */
export async function updateClientLoss(
  context: DrbdContext,
  network: ClientNetwork,
  { isPrimary, occasion }: { readonly isPrimary: boolean; readonly occasion: Occasion },
): Promise<Reachability> {
  const { reach, loss } = network
  if (occasion === 'probe') return { reach: loss?.by ?? 'all', hasWaited: false }
  if (loss !== undefined) return { reach: await continueLoss(context, reach, loss), hasWaited: false }
  const wouldMove = isPrimary || reach.by === 'self'
  if (reach.by === 'all' || (occasion !== 'monitor' && wouldMove)) return { reach: 'all', hasWaited: false }
  const hasWaited = occasion === 'monitor'
  if (hasWaited && !(await persists(context, isPrimary))) return { reach: 'all', hasWaited }
  context.log.warn(`${reach.why}; ${CONSEQUENCES[reach.by]}`)
  await update(context, lossLine({ by: reach.by, lostAt: context.system.now(), backAt: undefined }))
  return { reach: reach.by, hasWaited }
}

const CONSEQUENCES = {
  none: 'the promotion score of good data falls to 5000 here, so that Pacemaker moves the export to the other side if that has good data, too, and can be reached',
  self: 'the promotion score of good data rises to 15000 here, so that Pacemaker moves the export to its clients on this node',
} as const

/** After a stop, because nothing watches the network any more. */
export async function forgetClientLoss(context: DrbdContext): Promise<void> {
  if (readNote(context.system, notePath(context.instance)) !== undefined) await update(context, undefined)
}

/** Who can reach the side, until its network has been back for a while. */
async function continueLoss(context: DrbdContext, { by }: Reach, loss: Loss): Promise<Reach['by']> {
  const { system, log } = context
  const { lostAt, backAt } = loss
  const now = system.now()
  if (by !== 'all') {
    if (backAt !== undefined || by !== loss.by) await update(context, lossLine({ by, lostAt, backAt: undefined }))
    return by
  }
  // the clock may have been set back
  if (backAt === undefined || backAt > now) {
    await update(context, lossLine({ ...loss, backAt: now }))
    return loss.by
  }
  if (now - backAt < BACK_MILLISECONDS) return loss.by
  const seconds = Math.max(0, Math.round((backAt - lostAt) / 1000))
  log.info(`clients can reach this node again, after ${seconds} s; the export stays where it is`)
  await update(context, undefined)
  return by
}

/** Whether the network stays away; ends early when it is back. */
async function persists({ system, parameters, deadline }: DrbdContext, isPrimary: boolean): Promise<boolean> {
  const end = system.now() + Math.min(LOST_MILLISECONDS, deadline.remainingSeconds() * 500)
  while (system.now() < end) {
    await system.sleep(POLL_MILLISECONDS, deadline.signal)
    if (clientReach(system, parameters.portals ?? [], isPrimary).by === 'all') return false
  }
  return true
}

async function update({ system, log, instance }: DrbdContext, line: string | undefined): Promise<void> {
  const note = notePath(instance)
  try {
    if (line === undefined) await ignoreMissing(() => system.remove(note))
    else await writeNote(system, note, line)
  } catch (error) {
    // without a note, each monitor watches the network again
    log.warn(`${note} could not be updated: ${errorText(error)}`)
  }
}

function notePath(instance: string): string {
  return `${RUN_DIRECTORY}/network-${fileNameOf(withoutInstanceNumber(instance))}`
}
