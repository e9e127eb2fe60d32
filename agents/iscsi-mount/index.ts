import { defineAgent } from '../../ocf/agent.ts'
import { DeadlineReached } from '../../ocf/deadline.ts'
import { stopped, stoppedWithLeftover } from '../../ocf/state.ts'
import { withTimeout } from '../../ocf/timeout.ts'
import { hasEmptyDirectory, hasRecord } from '../../system/iscsi/node-records.ts'
import { readChap } from '../chap.ts'
import { waitForDisks } from './disk.ts'
import { checkInitiator, logInEverywhere } from './login.ts'
import { logOutEverywhere } from './logout.ts'
import { endOutage } from './outage.ts'
import { checkParameters, type IscsiContext, parameters } from './parameters.ts'
import { sessionsOf, stateOf } from './paths.ts'

/** Sessions to one target, and the disk that they bring. */
export const iscsiMount = defineAgent({
  name: 'iscsi-mount',
  short: 'Logs in to an iSCSI target',
  long: `Logs this node's Open-iSCSI initiator in to a target and waits for its disk. The node records are made without
discovery, never log in by themselves, and are removed at stop. A target that is away for a while, because it moves to
another node, is not a failure: I/O waits for it. The monitor reads sysfs and starts no process.`,
  parameters,
  timeouts: { start: 120, stop: 120, monitor: 20 },
  checkParameters,

  async inspect(context) {
    const { parameters, system } = context
    const ours = sessionsOf(context)
    if (ours.length > 0) return await stateOf(context, ours)
    const hasRecords = parameters.portals.some(portal => hasRecord(system, parameters.iqn, portal))
    if (hasRecords) return stoppedWithLeftover('the node record of a target that is not logged in to')
    return hasEmptyDirectory(system, parameters.iqn) ? stoppedWithLeftover('a directory for node records') : stopped
  },

  stateOf: state => state,

  async start(context) {
    await logInEverywhere(context)
    await waitForDisks(context)
  },

  completeStart: completePaths,

  async stop(context) {
    await logOutEverywhere(context)
    await endOutage(context)
  },

  async validateHere(context) {
    checkInitiator(context)
    readChap(context.system, context.parameters)
  },
})

/** What a start that was killed has left undone: sessions, disks, links. What works already is no failure for want of them. */
async function completePaths(context: IscsiContext): Promise<void> {
  const { deadline, log } = context
  try {
    await logInEverywhere(context)
    // an outage is waited for by I/O, not by a start
    if (sessionsOf(context).some(({ state }) => state !== 'LOGGED_IN')) return
    await withTimeout(deadline, deadline.remainingSeconds() / 2, signal =>
      waitForDisks({ ...context, deadline: { ...deadline, signal } }),
    )
  } catch (error) {
    if (error instanceof DeadlineReached || !(error instanceof Error)) throw error
    log.warn(`${error.message}; going on with what is there`)
  }
}
