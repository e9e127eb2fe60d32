import { defineAgent } from '../../ocf/agent.ts'
import { notConfigured } from '../../ocf/exit.ts'
import { deleteBackstore, deleteTpg, disableTpg, loggedInInitiators } from '../../system/lio/delete.ts'
import { isHidden } from '../../system/lio/inspect.ts'
import { mountConfigfs } from '../../system/lio/paths.ts'
import { portalsConflict } from '../../system/proc/sockets.ts'
import { checkChap } from '../chap.ts'
import { type LioContext, parameters } from './parameters.ts'
import { checkNode, start } from './start.ts'
import { inspect, stateOf } from './state.ts'

/** One device exported as one LUN of one target portal group. */
export const lioIblock = defineAgent({
  name: 'lio-iblock',
  short: 'Exports a block device over iSCSI with LIO',
  long: `Exports one block device as a LUN of an iSCSI target portal group of LIO, the target of the Linux kernel, through
an IBLOCK backstore. Backstore, target, LUN, ACLs and portals are one resource, written to configfs directly: no
targetcli, no saved configuration that is restored at boot. The portal group is enabled last at start; at stop the
sessions are closed before the LUN is removed, so that initiators wait for the target to come back elsewhere instead of
failing. Only the listed initiators may log in. SCSI reservations, persistent ones included, are rejected as unsupported
commands: they could not move with the target, and a reservation that is silently lost costs data.`,
  parameters,
  timeouts: { start: 60, stop: 60, monitor: 40 },

  inspect,
  stateOf,

  checkParameters(parameters) {
    checkChap(parameters)
    checkPortals(parameters.portals)
  },

  // by a function, so that a monitor does not evaluate its module
  start: context => start(context),

  async stop({ parameters, system, step, deadline }) {
    if (isHidden(system, parameters))
      await mountConfigfs(system, deadline.signal).catch((error: unknown) => {
        // another process may have mounted it
        if (isHidden(system, parameters)) throw error
      })
    const progress = { signal: deadline.signal, step }
    const sessions = loggedInInitiators(system, parameters).join(', ') || 'none'
    step(
      `closing the sessions of ${parameters.iqn} (logged in: ${sessions}) and waiting for their I/O on ${parameters.device}`,
    )
    await disableTpg(system, parameters)
    await deleteTpg(system, parameters, progress)
    step(`closing ${parameters.device}`)
    await deleteBackstore(system, parameters, progress)
  },

  async validateHere(context) {
    checkNode(context)
  },
})

/** A socket for all addresses and one for a single address cannot both listen on the same port. */
function checkPortals(portals: LioContext['parameters']['portals']): void {
  for (const [index, portal] of portals.entries()) {
    const other = portals.slice(index + 1).find(candidate => portalsConflict(portal, candidate))
    if (other !== undefined)
      throw notConfigured(`parameter portals: ${portal} and ${other} overlap: remove one of them`)
  }
}
