import { errorText } from '../system/error-text.ts'
import { ToolMissing } from '../system/system.ts'
import { type Answer, answer, answers, type Decision, wait } from './answer.ts'
import type { Call } from './call.ts'
import { markOf, placeConstraint, removeConstraint, renewConstraint } from './cluster/constraint.ts'
import { unreachability } from './cluster/reachable.ts'
import { type ClusterView, clusterView } from './cluster/view.ts'
import { isReconnected, RECONNECTED } from './decision.ts'
import { type Look, look } from './look.ts'
import { ownStatus } from './own-status.ts'
import { patienceSeconds } from './patience.ts'

/** How often all is looked at; later less often: every cloud of a node may wait for the same peer. */
const pauseMilliseconds = (waited: number) => (waited < 30_000 ? 1000 : 5000)

/** A daemon of Pacemaker that died is back by then. */
const RESTART_MILLISECONDS = 10_000

/**
 * Whether this node may go on without a peer that it has lost. Everything is looked at again after every step: an answer by which
 * DRBD goes on follows only from one look that shows the constraint of this very call beside the state of the peers.
 */
export async function fencePeer(call: Call): Promise<Answer> {
  const { system, log } = call
  const begun = system.now()
  let reported = ''
  let lastWithPacemaker = begun
  for (let view: ClusterView | undefined; ; ) {
    const seen = await look(call)
    view = seen.view ?? view
    const outcome = await tryStep(call, seen)
    if (outcome.kind === 'answer') return doubleChecked(call, outcome)
    const now = system.now()
    if (!seen.isWithoutPacemaker) lastWithPacemaker = now
    const isOver =
      now - begun >= patienceSeconds(seen.role, view) * 1000 || now - lastWithPacemaker >= RESTART_MILLISECONDS
    const why = 'why' in outcome ? outcome.why : 'the constraint keeps changing'
    if (isOver) return { code: answers.unknown, why: `after ${Math.round((now - begun) / 1000)} s: ${why}` }
    if (outcome.kind !== 'wait') continue
    if (why !== reported) log.info(`waiting: ${why}`)
    reported = why
    await system.sleep(pauseMilliseconds(now - begun))
  }
}

/** What a decision comes to: an answer, a wait, or a change after which all is looked at again. */
async function tryStep({ system }: Call, { decision, view }: Look): Promise<Decision> {
  if (view === undefined || decision.kind === 'answer' || decision.kind === 'wait') return decision
  const { cib, constraint: seen, wanted } = view
  try {
    for (const { name, standing } of view.peers) {
      const why = standing === 'member' ? await unreachability(system, name) : undefined
      if (why !== undefined) return wait(why)
    }
    if (decision.kind === 'confirm') return { ...decision, kind: 'answer' }
    if (seen === undefined) await placeConstraint(system, cib, wanted)
    else await renewConstraint(system, { cib, seen, wanted })
    return decision
  } catch (error) {
    if (error instanceof ToolMissing) return answer(answers.unknown, error.message)
    return wait(`the constraint cannot be placed: ${errorText(error)}`)
  }
}

/**
 * A peer that is back with the same data needs no constraint, and where nothing is to be resynced DRBD calls no handler that would
 * remove it.
 */
async function doubleChecked(call: Call, { code, why }: Answer): Promise<Answer> {
  const { system, occasion, caller, log } = call
  try {
    const status = await ownStatus(call)
    if (typeof status === 'string' || !isReconnected(status)) return { code, why }
    const { constraint, wanted } = await clusterView(system, occasion, caller)
    if (constraint?.mark === markOf(wanted)) await removeConstraint(system, constraint)
  } catch (error) {
    log.warn(`the constraint may be left behind: ${errorText(error)}`)
  }
  return { code: answers.unknown, why: RECONNECTED }
}
