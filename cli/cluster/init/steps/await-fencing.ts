import { parseSettledResources } from '../../../../cloud/pacemaker/active-resources.ts'
import { parseClusterStatus } from '../../../../cloud/pacemaker/cluster-status.ts'
import { parseXml } from '../../../../cloud/xml.ts'
import { script } from '../../../../system/nodes/script.ts'
import { runOn } from '../../../../system/nodes/ssh.ts'
import type { Step } from '../../../run/steps.ts'
import { examineAll } from '../../examine/examine-all.ts'
import { fencingIn } from '../../examine/fencing/fencing.ts'
import { FENCES_QUESTION, unresponsiveDevices } from '../../examine/fencing/queries.ts'
import type { Finding } from '../../examine/finding.ts'
import { FENCING_STATE, LATER, OPENING } from '../../examine/questions.ts'
import { fencingFindings } from '../../findings/fencing-findings.ts'
import type { InitContext } from './context.ts'
import { FENCE } from './first-configuration.ts'
import { monitor, waiting } from './waiting.ts'

const EXAMINATION = script`${OPENING}${FENCING_STATE}${FENCES_QUESTION}${LATER}`

/** Waits until the new cluster can fence each of its nodes, by the same test as "cluster --check". */
export function awaitFencing(context: InitContext): Step {
  return waiting('waiting until all nodes can be fenced', context, canFence)
}

async function canFence(context: InitContext): Promise<boolean | string> {
  const { system, request, firstNode } = context
  const monitored = await monitor(context)
  if (monitored === undefined) return false
  const cib = await runOn(system, firstNode, ['cibadmin', '--query'], { looks: true })
  const fencing = fencingIn(parseXml(cib.stdout))
  const settled = parseSettledResources(monitored).filter(({ id }) => fencing.devices.includes(id))
  if (settled.length < fencing.devices.length) return whyNotStarted(monitored, context)
  const [{ examinations, unreachable }, unresponsive] = await Promise.all([
    examineAll(system, { text: EXAMINATION, names: request.nodes }),
    unresponsiveDevices(system, settled),
  ])
  const findings = [...unreachable, ...fencingFindings(examinations, fencing, { settled, unresponsive })]
  return findings.length === 0 || brief(findings)
}

/** @throws Error when the device has failed to start on every node, because Pacemaker does not retry. */
function whyNotStarted(monitored: string, { request }: InitContext): string {
  const failures = parseClusterStatus(monitored).failures.filter(({ resource }) => resource === FENCE)
  const reasons = failures.map(({ node, action, reason }) => `${action} of ${FENCE} failed on ${node}: ${reason}`)
  const hasFailed = request.nodes.every(name => failures.some(({ node }) => node === name))
  if (hasFailed) throw new Error(`${reasons.join('; ')}; check "journalctl -u pacemaker" there`)
  return [`${FENCE} is not started`, ...reasons].join('; ')
}

function brief(findings: readonly Finding[]): string {
  return findings.map(({ node, what }) => `${node ?? 'cluster'}: ${what}`).join('; ')
}
