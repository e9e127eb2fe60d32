import { defineAgent } from '../../ocf/agent.ts'
import { PROMOTION_SECONDS } from '../../system/drbd/promotion.ts'
import { isSplit, markedPeers } from '../../system/drbd/split-brain-marker.ts'
import type { DrbdStatus } from '../../system/drbd/status.ts'
import { errorText } from '../../system/error-text.ts'
import { adjust, bringUp, requireConfiguration, settle } from './bring-up.ts'
import { demote, promote, takeDown } from './change.ts'
import { forgetClientLoss, inspectClientNetwork } from './clients/loss.ts'
import { updateReach } from './clients/reach.ts'
import { forgetClients } from './clients/unreached.ts'
import { askForDevices } from './commands.ts'
import { inspectFencing, isChosen, noteFencing } from './fencing.ts'
import { type DrbdContext, parameters } from './parameters.ts'
import { reportScore, type Score, scoreOf } from './score.ts'
import { updateMarker } from './split-brain.ts'
import { downSeen, hasDropped, inspect, lacksPeer, readStatus, stateOf, statusOf } from './status.ts'

/** One replicated volume: DRBD secondary is unpromoted, DRBD primary is promoted. */
export const drbdCloud = defineAgent({
  name: 'drbd-cloud',
  short: 'Manages a DRBD resource as a promotable clone',
  long: `Brings a DRBD resource up on two nodes and makes it primary on the one that Pacemaker promotes. Use it as a
promotable clone with interleave=true. Promotion scores report to Pacemaker which side has the
good data. A side whose data are not up to date is not promoted. With notify=true, a side also updates its score and its
connection when the other one starts or stops, and not only at its next monitor, but a failover takes longer. A split brain is never resolved automatically; a side that
is not in use then has no score.
With DRBD 8.4 the monitor reads /proc/drbd and starts no process, unless nothing on the node shows which resource a minor
belongs to; with DRBD 9 it runs drbdsetup status once. The support for DRBD 9 is tested with recorded output of the module
9.3.3.`,
  parameters,
  timeouts: { start: 120, stop: 100, monitor: 40, promote: PROMOTION_SECONDS, demote: 90, notify: 60 },

  inspect,
  stateOf,

  // by functions, so that a monitor does not evaluate the modules of the actions
  start: context => bringUp(context),

  async stop(context) {
    const isUnreadable = (await readStatus(context)) !== undefined && (await takeDown(context))
    await reportScore(context, undefined, 'always')
    await forgetClientLoss(context)
    await forgetClients(context)
    return isUnreadable ? downSeen(context) : undefined
  },

  async completeStart(context, seen) {
    if (seen.is !== 'up' || !hasDropped(seen.status)) return
    await reconnect(context)
    await settle(context)
  },

  promote: context => promote(context),
  demote: context => demote(context),

  async notify(context, { when, operation }) {
    const status = await statusOf(context)
    if (status === undefined) return
    // a score that changes before the announced action would only make Pacemaker plan that action again
    if (when === 'post') await reportScore(context, await currentScore(context, status), 'when changed')
    else if (operation === 'demote') await warnOfLoss(context, status)
    else if (operation === 'start' && lacksPeer(status)) await reconnect(context)
  },

  async observe(context, { seen, occasion }) {
    if (seen.is !== 'up') return
    const { network } = seen.evidence
    const { reach, hasWaited } = await updateReach(context, { network, status: seen.status, occasion })
    const now = hasWaited ? await inspect(context) : seen
    if (now.is !== 'up') return
    const { status, evidence } = now
    const score = scoreOf(status, {
      isSplit: isSplit(evidence.split, status),
      reach,
      isChosen: isChosen(context.system, evidence.fencing),
    })
    await reportScore(context, score, WHEN[occasion])
    await updateMarker(context, status)
    await noteFencing(context, status, evidence.fencing)
  },

  async validateHere(context) {
    await requireConfiguration(context)
    await askForDevices(context)
  },
})

/** A promotion follows from a score, and the monitor of the new role comes next: the export need not wait for a report in between. */
const WHEN = {
  probe: 'always',
  start: 'always',
  monitor: 'when changed',
  'change of role': 'if none is known',
} as const

/** The score by what this node shows now. */
async function currentScore(context: DrbdContext, status: DrbdStatus): Promise<Score> {
  const network = inspectClientNetwork(context, status.role === 'Primary')
  const { reach } = await updateReach(context, { network, status, occasion: 'start' })
  const { system, parameters: own } = context
  return scoreOf(status, {
    isSplit: isSplit(markedPeers(system, own.drbd_resource), status),
    reach,
    isChosen: isChosen(system, inspectFencing(system, own.drbd_resource, status)),
  })
}

/** Pacemaker plans again when it learns of a new score; until then, it must not end the notification and continue. */
const PLANNING_MILLISECONDS = 2000

/**
 * Before the other side is demoted, most likely for this one: if this side is cut off from the clients as well, and its monitor has not
 * seen that yet, Pacemaker must know it before it moves the export here in vain.
 */
async function warnOfLoss(context: DrbdContext, status: DrbdStatus): Promise<void> {
  if (status.role === 'Primary') return
  const { reach, loss } = inspectClientNetwork(context, false)
  if (reach.by !== 'none' || loss !== undefined) return
  await reportScore(context, await currentScore(context, status), 'always')
  await context.system.sleep(PLANNING_MILLISECONDS, context.deadline.signal)
}

/**
 * Prepares this side again for a connection that it has dropped or never made, and applies changes of the configuration, such as of
 * the peer's address. That detects a split brain again, but does not resolve it.
 */
async function reconnect(context: DrbdContext): Promise<void> {
  try {
    await adjust(context)
  } catch (error) {
    context.log.warn(`could not prepare the connection to the peer: ${errorText(error)}`)
  }
}
