import { defineAgent } from '../../ocf/agent.ts'
import { DeadlineReached } from '../../ocf/deadline.ts'
import { withTimeout } from '../../ocf/timeout.ts'
import { readChap } from '../chap.ts'
import { keepRecoveryGoing } from './daemon.ts'
import { waitForDisks } from './disk.ts'
import { inspect } from './inspect.ts'
import { checkInitiator, logInEverywhere } from './login.ts'
import { logOutEverywhere } from './logout.ts'
import { updateLink } from './network/link.ts'
import { forgetLostPortals, updateLostPortals } from './network/lost-portals.ts'
import { forgetOutage, recordOutage } from './outage.ts'
import { checkParameters, type IscsiContext, parameters } from './parameters.ts'
import { sessionsOf } from './sessions.ts'
import { isOutage, stateOf } from './state.ts'

/** Sessions to one target, and the disk that they provide. */
export const iscsiMount = defineAgent({
  name: 'iscsi-mount',
  short: 'Logs in to an iSCSI target',
  long: `Logs this node's Open-iSCSI initiator in to a target and waits for its disk. The node records are created without
discovery, never log in by themselves, and are removed at stop. A target that is unreachable for a while, as during its
failover, is not a failure: I/O is paused until it returns. The monitor reads sysfs and starts no process, unless a session is
lost for half a minute: then it reports that in the attribute vhacs-lost-portals of the node, for drbd-cloud on the exporting node.`,
  parameters,
  timeouts: { start: 120, stop: 120, monitor: 40 },
  checkParameters,

  inspect,
  stateOf,

  async observe(context, { seen, occasion }) {
    if (occasion === 'monitor') await keepRecoveryGoing(context, seen)
    if (occasion !== 'probe') {
      await updateLink(context, seen.deadInterface)
      await updateLostPortals(context, seen)
    }
    if (isOutage(seen)) await recordOutage(context, seen.outageSeconds)
    else if (seen.outageSeconds !== undefined) await forgetOutage(context)
  },

  async start(context) {
    await logInEverywhere(context)
    await waitForDisks(context)
  },

  completeStart: completePaths,

  async stop(context) {
    await logOutEverywhere(context)
    await forgetOutage(context)
    await forgetLostPortals(context)
  },

  async validateHere(context) {
    checkInitiator(context)
    readChap(context.system, context.parameters)
  },
})

/** Completes a start that was killed: sessions, disks, links. A missing one does not fail a working resource. */
async function completePaths(context: IscsiContext): Promise<void> {
  const { deadline, log } = context
  try {
    await logInEverywhere(context)
    // I/O waits for the end of an outage; a start does not
    if (sessionsOf(context).some(({ state }) => state !== 'LOGGED_IN')) return
    await withTimeout(deadline, deadline.remainingSeconds() / 2, signal =>
      waitForDisks({ ...context, deadline: { ...deadline, signal } }),
    )
  } catch (error) {
    if (error instanceof DeadlineReached || !(error instanceof Error)) throw error
    log.warn(`${error.message}; continuing with the existing sessions`)
  }
}
