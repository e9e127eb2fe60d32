import { fenceMark } from '../cloud/cib/lost-nodes/fence-constraint.ts'
import type { DrbdStatus } from '../system/drbd/status.ts'
import { errorText } from '../system/error-text.ts'
import { ToolMissing } from '../system/system.ts'
import { type Answer, answer, answers, type Decision, wait } from './answer.ts'
import type { Call } from './call.ts'
import { allowOnly, placeConstraint, renewConstraint } from './cluster/constraint.ts'
import { unreachability } from './cluster/reachable.ts'
import { allowedWith, hasMoreSides } from './cluster/sides.ts'
import { type ClusterView, clusterView } from './cluster/view.ts'
import { isReconnected, reconnected } from './decision.ts'
import { type Look, look } from './look.ts'
import { ownStatus } from './own-status.ts'
import { timeoutSeconds } from './timeout.ts'

/** The pauses between two looks; later ones are longer, because every cloud of a node may wait for the same peer. */
const pauseMilliseconds = (waited: number) => (waited < 30_000 ? 1000 : 5000)

/** By then, a daemon of Pacemaker that died has restarted. A primary, whose I/O waits anyway, waits longer for Pacemaker. */
const RESTART_MILLISECONDS = 10_000

/**
 * Decides whether this node may continue without a peer that it has lost. Everything is read again after every step: an answer that
 * lets DRBD continue must follow from a single look that shows both the constraint of this very call and the state of the peers.
 */
export async function fencePeer(call: Call): Promise<Answer> {
  const { system, log } = call
  const begun = system.now()
  let reported = ''
  let lastWithPacemaker = begun
  let own: OwnChange | undefined
  // a change that was begun in time gets one more look: otherwise DRBD calls again, and everything is repeated
  let isLastLook = false
  for (let view: ClusterView | undefined; ; ) {
    const seen = await look(call)
    view = seen.view ?? view
    const outcome = await tryStep(call, seen)
    own = ownChangeAfter(seen, own)
    if (outcome.kind === 'answer') return concluded(call, outcome, own)
    const now = system.now()
    if (!isLeftAlone(seen)) lastWithPacemaker = now
    const waited = now - begun
    const why = whyOf(outcome)
    const isOver = waited >= timeoutSeconds(seen.role, view) * 1000 || now - lastWithPacemaker >= RESTART_MILLISECONDS
    if (isOver && (isLastLook || outcome.kind === 'wait'))
      return concluded(call, { code: answers.unknown, why: `after ${Math.round(waited / 1000)} s: ${why}` }, own)
    isLastLook = isOver
    if (outcome.kind !== 'wait') continue
    if (why !== reported) log.info(`waiting: ${why}`)
    reported = why
    await system.sleep(pauseMilliseconds(waited))
  }
}

/** Carries out a decision: an answer, a wait, or a change after which everything is read again. */
async function tryStep({ system }: Call, { decision, view }: Look): Promise<Decision> {
  if (view === undefined || decision.kind === 'answer' || decision.kind === 'wait') return decision
  const { cib, constraint: seen, wanted } = view
  try {
    for (const { name, standing } of view.peers) {
      const why = standing === 'member' ? await unreachability(system, name) : undefined
      if (why !== undefined) return wait(why)
    }
    if (decision.kind === 'confirm') return { ...decision, kind: 'answer' }
    const { allowed } = decision
    if (seen === undefined) await placeConstraint(system, { cib, wanted, allowed })
    else await renewConstraint(system, { cib, seen, wanted, allowed })
    return decision
  } catch (error) {
    if (error instanceof ToolMissing) return answer(answers.unknown, error.message)
    return wait(`the constraint cannot be placed: ${errorText(error)}`)
  }
}

const whyOf = (outcome: Decision) => ('why' in outcome ? outcome.why : 'the constraint keeps changing')

const isLeftAlone = ({ isWithoutPacemaker, role }: Look) => isWithoutPacemaker === true && role !== 'Primary'

/**
 * What this call did to the constraint: created it, or took a node out of those that it allowed. Nothing of that is undone once another
 * call of this node has renewed it: with an earlier constraint that named this node, it may have continued.
 */
interface OwnChange {
  /** The nodes that it allowed before. */
  readonly before: readonly string[] | 'all'
}

function ownChangeAfter({ decision, view }: Look, own: OwnChange | undefined): OwnChange | undefined {
  if (decision.kind === 'place') return { before: 'all' }
  if (decision.kind !== 'renew') return own
  const before = view?.constraint?.allowed ?? []
  return before.some(node => !decision.allowed.includes(node)) ? { before } : undefined
}

/**
 * Returns the answer, and takes this call's change of the constraint back unless the answer needs it. A peer that is back with the same
 * data needs no constraint, nor does a node that does not continue: if there is nothing to resync, DRBD calls no handler to remove it,
 * and the peer could never take over.
 */
async function concluded(call: Call, { code, why }: Answer, own: OwnChange | undefined): Promise<Answer> {
  const { occasion, log } = call
  try {
    const status = await ownStatus(call)
    const isBack = typeof status !== 'string' && isReconnected(status, occasion.peers)
    const isNeeded = !isBack && (code !== answers.unknown || own === undefined)
    if (isNeeded) return { code, why }
    await takeBack(call, isBack ? status : undefined, own)
    if (!isBack) return { code, why }
  } catch (error) {
    log.warn(`the constraint may be left behind: ${errorText(error)}`)
    if (code === answers.unknown) return { code, why }
  }
  return reconnected
}

/**
 * Takes a change of the constraint back, if it still has the mark of this call. `status`: that of a resource whose lost peers are back;
 * of three sides, another one may be missing.
 */
async function takeBack(call: Call, status: DrbdStatus | undefined, own: OwnChange | undefined): Promise<void> {
  const { system, occasion, caller } = call
  const { cib, constraint, wanted } = await clusterView(system, occasion, caller)
  if (constraint?.mark !== fenceMark(wanted)) return
  const sides = { node: wanted.node, present: constraint.allowed ?? [] }
  const allowedNow = status && (hasMoreSides(status) ? allowedWith(status, sides) : 'all')
  await allowOnly(system, { cib, seen: constraint, wanted }, status ? allowedNow : own?.before)
}
