import type { Occasion } from '../../../ocf/agent.ts'
import { errorText } from '../../../system/error-text.ts'
import { fileNameOf, ignoreMissing, RUN_DIRECTORY, readNote, writeNote } from '../../../system/files.ts'
import { withoutInstanceNumber } from '../../../system/pacemaker/ids.ts'
import type { DrbdContext } from '../parameters.ts'
import { clientNetworkFault } from './network.ts'

/*
 * A side that clients cannot reach has a lower promotion score. A cable that is replugged, or a switch that restarts a port, must
 * move nothing: the network counts as lost when it has been away for a while, and as back when it has been there for longer. A
 * note holds the time of the loss, and that of the return.
 */

/** What a node shows of the network between it and the clients. */
export interface ClientNetwork {
  /** Why clients cannot reach this node now; undefined when they can. */
  readonly fault: string | undefined
  /** What is noted, in milliseconds since 1970; undefined while nothing was lost. */
  readonly loss: Loss | undefined
}

interface Loss {
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
  const fault = clientNetworkFault(system, parameters.portals ?? [], isPrimary)
  const [, lostAt, backAt] = /^(\d{1,15})(?: (\d{1,15}))?$/.exec(readNote(system, notePath(instance)) ?? '') ?? []
  if (lostAt === undefined || parameters.portals === undefined) return { fault, loss: undefined }
  return { fault, loss: { lostAt: Number(lostAt), backAt: backAt === undefined ? undefined : Number(backAt) } }
}

/** What follows from the network, and whether the node was watched for some seconds to decide it. */
export interface Reachability {
  readonly isCutOff: boolean
  readonly hasWaited: boolean
}

const AT_ONCE = { hasWaited: false } as const

/**
 * Whether this side counts as cut off from its clients; notes and logs when that begins and ends. A monitor that sees a loss for
 * the first time watches it for five seconds: waiting for the next monitor would take longer. A side that is not in use and has
 * just been started or notified is judged at once, because nothing moves away from it.
 */
export async function updateClientLoss(
  context: DrbdContext,
  network: ClientNetwork,
  { isPrimary, occasion }: { readonly isPrimary: boolean; readonly occasion: Occasion },
): Promise<Reachability> {
  const { fault, loss } = network
  if (occasion === 'probe') return { ...AT_ONCE, isCutOff: loss !== undefined }
  if (loss !== undefined) return { ...AT_ONCE, isCutOff: await continueLoss(context, fault, loss) }
  if (fault === undefined || (occasion === 'action' && isPrimary)) return { ...AT_ONCE, isCutOff: false }
  const hasWaited = occasion === 'monitor'
  const isCutOff = !hasWaited || (await persists(context, isPrimary))
  if (isCutOff) {
    context.log.warn(
      `${fault}; the promotion score of good data falls to 5000 here, so that Pacemaker moves the export to the other side if that has good data, too, and can be reached`,
    )
    await update(context, String(context.system.now()))
  }
  return { isCutOff, hasWaited }
}

/** After a stop, because nothing watches the network any more. */
export async function forgetClientLoss(context: DrbdContext): Promise<void> {
  if (readNote(context.system, notePath(context.instance)) !== undefined) await update(context, undefined)
}

/** Whether the side is still cut off. */
async function continueLoss(context: DrbdContext, fault: string | undefined, loss: Loss): Promise<boolean> {
  const { system, log } = context
  const { lostAt, backAt } = loss
  const now = system.now()
  if (fault !== undefined) {
    if (backAt !== undefined) await update(context, String(lostAt))
    return true
  }
  // the clock may have been set back
  if (backAt === undefined || backAt > now) {
    await update(context, `${lostAt} ${now}`)
    return true
  }
  if (now - backAt < BACK_MILLISECONDS) return true
  const seconds = Math.max(0, Math.round((backAt - lostAt) / 1000))
  log.info(`clients can reach this node again, after ${seconds} s; the export stays where it is`)
  await update(context, undefined)
  return false
}

/** Whether the network stays away; ends early when it is back. */
async function persists({ system, parameters, deadline }: DrbdContext, isPrimary: boolean): Promise<boolean> {
  const end = system.now() + Math.min(LOST_MILLISECONDS, deadline.remainingSeconds() * 500)
  while (system.now() < end) {
    await system.sleep(POLL_MILLISECONDS, deadline.signal)
    if (clientNetworkFault(system, parameters.portals ?? [], isPrimary) === undefined) return false
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
