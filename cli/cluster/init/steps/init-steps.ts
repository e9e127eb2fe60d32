import { runOn } from '../../../../system/nodes/ssh.ts'
import type { Step, Work } from '../../../run/steps.ts'
import { initiatorIn } from '../../findings/setting-findings.ts'
import type { Seen } from '../findings/init-findings.ts'
import { MESSAGE_SECONDS, parseHeader, sbdAgent, WATCHDOG_SECONDS } from '../findings/sbd-findings.ts'
import type { InitRequest } from '../input/request.ts'
import type { InitContext } from './context.ts'
import {
  allOnline,
  hasFence,
  hasQuorum,
  startCorosync,
  startPacemaker,
  stopPackagesCluster,
  waiting,
} from './daemons.ts'
import { makeKey, sbdSteps, writeCorosyncConf, writeSettings } from './files.ts'
import { firstConfiguration, type SbdPlan } from './first-configuration.ts'

/** Everything that makes a cluster of the nodes; each step can be taken back. */
export function initSteps(work: Work, seen: Seen, request: InitRequest): Step[] {
  const context = {
    ...work,
    seen,
    request,
    mark: markOf(work),
    first: request.nodes[0] ?? '',
    sbd: sbdPlan(seen, request),
  }
  return [
    stopPackagesCluster(context),
    writeSettings(context),
    makeKey(context),
    writeCorosyncConf(context),
    ...(request.fencing.by === 'nothing' ? [] : sbdSteps(context)),
    startCorosync(context),
    waiting('waiting for quorum', context, hasQuorum),
    startPacemaker(context),
    waiting('waiting until all nodes are online', context, allOnline),
    configure(context),
    ...(context.sbd.agent && request.fencing.by === 'disk'
      ? [waiting('waiting for the fencing device', context, hasFence)]
      : []),
  ]
}

/** The time, as 20261123T053539Z. */
function markOf({ system }: Work): string {
  return `${new Date(system.now()).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

function sbdPlan({ examinations }: Seen, { fencing }: InitRequest): SbdPlan {
  const [examined] = examinations
  const header = parseHeader(examined?.sections.get('header') ?? '')
  const fresh = { watchdogSeconds: WATCHDOG_SECONDS, messageSeconds: MESSAGE_SECONDS }
  return {
    header: header ?? fresh,
    agent: examined && fencing.by === 'disk' ? sbdAgent(examined) : undefined,
  }
}

/** What is in the CIB goes with it when Pacemaker's start is taken back. */
function configure({ system, request, first, sbd, seen }: InitContext): Step {
  const initiators = new Map(
    seen.examinations.flatMap(examined => {
      const initiator = initiatorIn(examined)
      return initiator === undefined ? [] : [[examined.node, initiator] as const]
    }),
  )
  const roles = request.roles.length === 0 ? '' : ', and the roles of the nodes'
  return {
    name: `setting properties${sbd.agent ? ', the fencing device' : ''}${roles}`,
    run: async () => {
      const input = firstConfiguration(request, sbd, initiators)
      await runOn(system, first, ['cibadmin', '--modify', '--allow-create', '--xml-pipe'], { input })
    },
  }
}
