import { defineAgent } from '../../ocf/agent.ts'
import { notConfigured } from '../../ocf/exit.ts'
import { degraded, incomplete, started, stopped, stoppedWithLeftover } from '../../ocf/state.ts'
import { deleteBackstore, deleteTpg, disableTpg, loggedInInitiators } from '../../system/lio/delete.ts'
import { inspectExport, isHidden } from '../../system/lio/inspect.ts'
import { mountConfigfs } from '../../system/lio/paths.ts'
import { portalsConflict } from '../../system/proc/sockets.ts'
import { checkChap } from '../chap.ts'
import { type LioContext, parameters } from './parameters.ts'
import { requireWhatIsHere, start } from './start.ts'

/** One device exported as one LUN of one target portal group. */
export const lioIblock = defineAgent({
  name: 'lio-iblock',
  short: 'Exports a block device over iSCSI with LIO',
  long: `Exports one block device as a LUN of an iSCSI target portal group of LIO, the target of the Linux kernel, through
an IBLOCK backstore. Backstore, target, LUN, ACLs and portals are one resource, written to configfs directly: no
targetcli, no saved configuration that comes back at boot. The portal group is enabled last at start; at stop the
sessions are cut before the LUN goes, so that initiators wait for the target to come back elsewhere instead of failing.
Only the initiators that are named may log in. SCSI reservations, persistent ones too, are refused as commands that the
target does not know: they could not move with it, and a reservation that is lost without a word costs data.`,
  parameters,
  timeouts: { start: 60, stop: 60, monitor: 20 },

  inspect({ parameters, system }) {
    if (isHidden(system, parameters)) return 'hidden'
    const { chap_user: chapUser, allowed_initiators: initiators = [], ...rest } = parameters
    return inspectExport(system, { ...rest, initiators, chapUser })
  },

  stateOf(found) {
    if (found === 'hidden') return incomplete(HIDDEN)
    if (!found.hasTpg && !found.hasBackstore)
      return found.hasRemains ? stoppedWithLeftover('an empty target or HBA') : stopped
    if (found.faults.length > 0) return incomplete(found.faults.join(', '))
    return found.degradations.length > 0 ? degraded('started', found.degradations.join(', ')) : started
  },

  checkParameters(parameters) {
    checkChap(parameters)
    checkPortals(parameters.portals)
  },

  start,

  async stop({ parameters, system, step, deadline }) {
    if (isHidden(system, parameters)) await mountConfigfs(system, deadline.signal)
    const progress = { signal: deadline.signal, step }
    const sessions = loggedInInitiators(system, parameters).join(', ') || 'nobody'
    step(
      `cutting the sessions of ${parameters.iqn} (logged in: ${sessions}) and waiting for their I/O on ${parameters.device}`,
    )
    await disableTpg(system, parameters)
    await deleteTpg(system, parameters, progress)
    step(`closing ${parameters.device}`)
    await deleteBackstore(system, parameters, progress)
  },

  async validateHere(context) {
    requireWhatIsHere(context)
  },
})

const HIDDEN =
  'LIO listens, but what it exports cannot be seen: configfs is not mounted; mount -t configfs configfs /sys/kernel/config'

/** One socket for every address and one for a single address cannot both listen on a port. */
function checkPortals(portals: LioContext['parameters']['portals']): void {
  for (const [index, portal] of portals.entries()) {
    const other = portals.slice(index + 1).find(candidate => portalsConflict(portal, candidate))
    if (other !== undefined)
      throw notConfigured(`parameter portals: ${portal} and ${other} exclude each other: one includes the other`)
  }
}
