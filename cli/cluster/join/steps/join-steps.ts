import { parseClusterStatus } from '../../../../cloud/pacemaker/cluster-status.ts'
import type { Call } from '../../../command/verb.ts'
import type { Step } from '../../../run/steps.ts'
import { usedHeader } from '../../examine/fencing/sbd-header.ts'
import { awaitFencing } from '../../init/steps/await-fencing.ts'
import { startCorosync, startPacemaker, stopPackagedCluster } from '../../init/steps/daemons.ts'
import { writeSettings } from '../../init/steps/node-settings.ts'
import { awaitQuorum, monitor, waiting } from '../../init/steps/waiting.ts'
import { changeConf } from '../../membership/change-conf.ts'
import { setProperties } from '../../membership/number-properties.ts'
import { forgetNode } from '../../membership/removed-node.ts'
import { isFencing } from '../situation.ts'
import { type JoinContext, runsAlready } from './context.ts'
import { copyKey, writeConf, writeSbdSettings } from './files.ts'
import { assignRoles, prepareForRoles } from './roles.ts'

/**
 * The steps by which one node joins. The cluster counts on the node from the reload until it runs, so all that takes time and concerns
 * the node alone comes before. The node has no role until the end, so none of the clouds' resources may run there before.
 */
export function joinSteps(call: Call, context: JoinContext): Step[] {
  const { situation } = context
  return [
    ...(runsAlready(context) ? [] : [stopPackagedCluster(context)]),
    writeSettings(context),
    // first, as what is left of a join that was broken off is known by it
    writeConf(context),
    copyKey(context),
    ...(situation.bySbd.by === 'nothing' ? [] : [writeSbdSettings(context)]),
    prepareForRoles(context),
    addToConf(context),
    startCorosync(context),
    awaitQuorum(context),
    startPacemaker(context),
    awaitOnline(context),
    ...(isFencing(situation) ? [awaitFencing(context)] : []),
    ...setProperties(context.system, situation.snapshot.root, context.request.nodes.length, {
      fencing: situation.fencing,
      header: usedHeader(situation.examinations),
    }),
    assignRoles(call, context),
  ]
}

/** Undone after the daemons of the node have been stopped, so Pacemaker can forget it. */
function addToConf({ system, situation, name, before, after }: JoinContext): Step {
  const { here, members } = situation
  const nodes = [here, ...members.filter(member => member !== here)]
  const change = changeConf(system, {
    name: `adding ${name} to corosync.conf on ${nodes.join(', ')}`,
    nodes,
    before,
    after,
  })
  return {
    ...change,
    undo: async () => {
      await change.undo?.()
      await forgetNode(system, name)
    },
  }
}

function awaitOnline(context: JoinContext): Step {
  const { name } = context
  return waiting(`waiting until ${name} is online`, context, async () => {
    const text = await monitor(context)
    if (text === undefined) return false
    const state = parseClusterStatus(text).haStatus.get(name) ?? 'unknown to Pacemaker'
    return ['online', 'standby'].includes(state) || `${name} is ${state}`
  })
}
