import { parseActiveResources, parseSettledResources } from '../../../cloud/pacemaker/active-resources.ts'
import { type ClusterStatus, parseClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { script } from '../../../system/nodes/script.ts'
import { monitorCluster } from '../../../system/pacemaker/cib/cib.ts'
import { readCib } from '../../clouds/read-cib.ts'
import type { Call } from '../../command/verb.ts'
import { simulatedTakeovers } from '../../readiness/simulate.ts'
import { show } from '../../state/show.ts'
import { painter } from '../../terminal/table.ts'
import { examineAll } from '../examine/examine-all.ts'
import { fencingIn } from '../examine/fencing/fencing.ts'
import { FENCES_QUESTION, unresponsiveDevices } from '../examine/fencing/queries.ts'
import { errorCount, findingLines, onNode } from '../examine/finding.ts'
import { LATER, QUESTIONS, SLOT_TIMES } from '../examine/questions.ts'
import { fencingFindings } from '../findings/fencing-findings.ts'
import { timeOutFindings } from '../findings/time-out-findings.ts'
import { takeoverFacts } from '../readiness/node-facts.ts'
import { alertFindings } from './alert-findings.ts'
import { cloudFindings } from './clouds/cloud-findings.ts'
import { duplicateAddressFindings } from './clouds/duplicate-addresses.ts'
import { portalFindings } from './clouds/portal-findings.ts'
import { rehearsalFindings } from './clouds/rehearsal-findings.ts'
import { takeoverFindings } from './clouds/takeover-findings.ts'
import { clusterFindings } from './cluster-findings.ts'
import { growthFindings } from './growth-findings.ts'
import { nodeFindings } from './node-findings.ts'
import { propertyFindings } from './property-findings.ts'
import { replacementFindings } from './replacement-findings.ts'
import { snapshotFindings } from './snapshot-findings.ts'
import { splitFindings } from './split-findings.ts'
import { verificationFindings } from './verification-findings.ts'
import { creationFindings } from './vservers/creation-findings.ts'
import { vhostFindings } from './vservers/vhost-findings.ts'
import { vserverFindings } from './vservers/vserver-findings.ts'

const EXAMINATION = script`${QUESTIONS}${FENCES_QUESTION}${SLOT_TIMES}${LATER}`

/** vhacs cluster --check */
export async function checkCluster(call: Call): Promise<void> {
  const { system, terminal } = call
  const [snapshot, monitor] = await Promise.all([readCib(system), monitorCluster(system)])
  const { text, root: cib, cluster } = snapshot
  const status = parseClusterStatus(monitor)
  const running = parseActiveResources(monitor)
  const active = new Set(running.map(({ id }) => id))
  const names = cluster.nodes.map(({ name }) => name).sort(byNumber)
  const fencing = fencingIn(cib)
  const settled = parseSettledResources(monitor)
  const [{ examinations, unreachable }, unresponsive, takeovers, growth, snapshots] = await Promise.all([
    examineAll(system, { text: EXAMINATION, names, directories: cluster.clouds.map(({ directory }) => directory) }),
    unresponsiveDevices(
      system,
      settled.filter(({ id }) => fencing.devices.includes(id)),
    ),
    simulatedTakeovers(system, { snapshot, status, active: running }, names),
    growthFindings(system, cluster, running),
    snapshotFindings(system, cluster),
  ])
  const known = {
    cluster,
    down: unreachable.flatMap(({ node }) => (node !== null && isDown(status, node) ? node : [])),
  }
  const findings = [
    ...clusterFindings(examinations, { cluster, status }),
    ...propertyFindings(cib, status),
    ...alertFindings(cib, examinations),
    ...fencingFindings(examinations, fencing, { settled, unresponsive }),
    ...splitFindings(cib, cluster, { fencing, examinations }),
    ...(await cloudFindings(system, { cib: text, cluster, active, examinations })),
    ...growth,
    ...snapshots,
    ...creationFindings(cluster),
    ...vserverFindings(cib, cluster),
    ...vhostFindings(examinations, cluster),
    ...replacementFindings(snapshot, examinations),
    ...duplicateAddressFindings(examinations, cluster.clouds, running),
    ...takeoverFindings(takeovers),
    ...rehearsalFindings(snapshot, system.now()),
    ...verificationFindings(cluster, examinations, system.now()),
    ...timeOutFindings(cib, cluster),
    ...portalFindings(cib, cluster),
    ...unreachable,
    ...examinations.flatMap(examined => nodeFindings(examined, known)),
    ...examinations.flatMap(examined => onNode(examined.node, takeoverFacts(examined, cluster, running))),
  ]
  const isClean = findings.every(({ severity }) => severity === 'note')
  show(call, { findings }, () => [
    ...(isClean ? ['no errors or warnings'] : []),
    ...findingLines(findings, painter(terminal)),
  ])
  const errors = errorCount(findings)
  if (errors !== undefined) throw new Error(`${errors} found`)
}

function isDown({ haStatus }: ClusterStatus, node: string): boolean {
  return ['offline', 'unclean'].includes(haStatus.get(node) ?? 'offline')
}

/** node2 before node10. */
function byNumber(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true })
}
