import { runOn } from '../../../../system/nodes/ssh.ts'
import { prepareMounts } from '../../../clouds/prepare-mounts.ts'
import { loadRoleModules } from '../../../run/role-modules.ts'
import type { Step, Work } from '../../../run/steps.ts'
import { MESSAGE_SECONDS, sbdHeaderIn, WATCHDOG_SECONDS } from '../../examine/fencing/sbd-header.ts'
import { sbdAgent } from '../../examine/fencing/software.ts'
import { initiatorIn } from '../../findings/setting-findings.ts'
import { prepareAlerts } from '../../prepare-alerts.ts'
import type { Probe } from '../input/probe.ts'
import type { InitRequest } from '../input/request.ts'
import { awaitFencing } from './await-fencing.ts'
import { type InitContext, timestampOf } from './context.ts'
import { createKey, writeCorosyncConf } from './corosync.ts'
import { startCorosync, startPacemaker, stopPackagedCluster } from './daemons.ts'
import { firstConfiguration, type SbdPlan } from './first-configuration.ts'
import { writeSettings } from './node-settings.ts'
import { sbdSteps } from './sbd-steps.ts'
import { awaitNodes, awaitQuorum } from './waiting.ts'

/** The steps that form the cluster. */
export function initSteps(work: Work, probe: Probe, request: InitRequest): Step[] {
  const [firstNode = ''] = request.nodes
  const context = { ...work, probe, request, timestamp: timestampOf(work), firstNode, sbd: sbdPlan(probe, request) }
  return [
    stopPackagedCluster(context),
    writeSettings(context),
    createKey(context),
    writeCorosyncConf(context),
    ...sbdSteps(context),
    startCorosync(context),
    awaitQuorum(context),
    startPacemaker(context),
    awaitNodes(context),
    // before the roles are set, because Pacemaker may then mount there at once
    ...(request.roles.length === 0 ? [] : [prepareForRoles(context)]),
    configure(context),
    ...(request.fencing.by === 'nothing' ? [] : [awaitFencing(context)]),
  ]
}

function sbdPlan({ examinations }: Probe, { fencing }: InitRequest): SbdPlan {
  const [examined] = examinations
  const created = { watchdogSeconds: WATCHDOG_SECONDS, messageSeconds: MESSAGE_SECONDS }
  return {
    header: (examined && sbdHeaderIn(examined)) ?? created,
    agent: fencing.by === 'disk' ? sbdAgent(examinations) : undefined,
  }
}

/** As `vhacs node --setrole` prepares a node. What stays after an undo does no harm. */
function prepareForRoles({ system, request: { nodes, roles }, print }: InitContext): Step {
  return {
    name: `preparing ${nodes.join(', ')} for their roles`,
    run: async () => {
      const notes = [
        ...(roles.includes('vhost') ? await prepareMounts(system, nodes, []) : []),
        ...(await loadRoleModules(system, nodes, roles)),
      ]
      for (const note of notes) print(note)
    },
  }
}

/** Undoing Pacemaker's start deletes the CIB, so this step needs no undo of its own. */
function configure({ system, request, firstNode, sbd, probe }: InitContext): Step {
  const versions = probe.examinations.map(({ sections }) => sections.get('pacemaker') ?? '')
  const initiators = new Map(
    probe.examinations.flatMap(examined => {
      const initiator = initiatorIn(examined)
      return initiator === undefined ? [] : [[examined.node, initiator] as const]
    }),
  )
  const roles = request.roles.length === 0 ? '' : ', and the roles of the nodes'
  return {
    name: `setting properties${sbd.agent ? ', the fencing device' : ''}${request.alerts.length > 0 ? ', the alert' : ''}${roles}`,
    run: async () => {
      const input = firstConfiguration(request, sbd, { initiators, versions })
      await runOn(system, firstNode, ['cibadmin', '--modify', '--allow-create', '--xml-pipe'], { input })
      // a node where that fails reports an event more than once
      if (request.alerts.length > 0) await prepareAlerts(system, request.nodes)
    },
  }
}
