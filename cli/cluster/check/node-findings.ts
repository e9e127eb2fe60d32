import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import { rolesIn } from '../../../cloud/node-attributes.ts'
import { type Examination, type Sections, wordsIn } from '../examine/examination.ts'
import { type Finding, type NodeFinding, onNode, warning } from '../examine/finding.ts'
import { REJECT_DRBD, scansDrbd } from '../examine/lvm-filter.ts'
import { isOrderUnread, ORDER_FILE, unitsStoppedEarly } from '../examine/stop-order.ts'
import { bootFindings } from '../findings/boot-findings.ts'
import { fitnessFindings } from '../findings/fitness-findings.ts'
import { driftFindings } from './clouds/drift-findings.ts'
import { daemonFindings } from './daemon-findings.ts'

/** The values to compare the nodes' answers with. */
interface Known {
  readonly cluster: Cluster
  /** Nodes that neither we nor the cluster can reach: that other nodes cannot reach them is not a further finding. */
  readonly down: readonly string[]
}

/** Findings about a single node. */
export function nodeFindings(examined: Examination, { cluster, down }: Known): Finding[] {
  const { node } = examined
  const attributes = cluster.nodes.find(({ name }) => name === node)?.attributes
  const findings = [
    ...hostKeyFindings(examined),
    ...linkFindings(examined),
    ...bootFindings(examined),
    ...daemonFindings(examined),
    ...(rolesIn(attributes ?? {}).includes('vhost') ? stopOrderFindings(examined) : []),
    ...filterFindings(examined),
    ...driftFindings(examined, cluster),
  ]
  return [...fitnessFindings(examined, cluster, down), ...onNode(node, findings)]
}

/** A host that takes over a node's address could impersonate it, and would receive commands to run as root. */
function hostKeyFindings(examined: Sections): NodeFinding[] {
  const unchecked = wordsIn(examined, 'unchecked')
  if (unchecked.length === 0) return []
  const what = `ssh does not verify the host keys of ${unchecked.join(', ')}: StrictHostKeyChecking is off`
  const todo =
    'add the host keys to /etc/ssh/ssh_known_hosts and turn StrictHostKeyChecking on, unless you trust the network'
  return [warning(what, todo)]
}

/** Lines like `LINK: 1 udp (10.0.0.1->10.0.0.2) enabled connected mtu: 1397`. @see corosync-cfgtool(8), -n */
function linkFindings({ sections }: Sections): NodeFinding[] {
  // a node that no link reaches is offline, which Pacemaker reports
  const reached = (sections.get('connected') ?? '').split(/^nodeid: /m).filter(part => /^\d+ reachable/.test(part))
  const links = reached.flatMap(part => [...part.matchAll(/^[^\S\n]*LINK: (\d+) \S+ \(([^\s>]+)->([^\s)]+)\) (.*)$/gm)])
  return links.flatMap(([, link, from, to, state = '']) => {
    if (/\bconnected\b/.test(state)) return []
    const what = `corosync's link ${link} from ${from} to ${to} is not connected`
    return [warning(what, 'check the cable, and the addresses in /etc/corosync/corosync.conf')]
  })
}

/** A mount that loses its session or its I/O before Pacemaker has stopped it hangs, and so does the shutdown. */
function stopOrderFindings(examined: Sections): NodeFinding[] {
  const early = unitsStoppedEarly(examined)
  if (early.length === 0) return []
  const what = `at shutdown ${early.join(' and ')} may stop before Pacemaker, and disconnect disks that are still mounted`
  const reload = 'run "systemctl daemon-reload"'
  if (isOrderUnread(examined))
    return [warning(`${what}: systemd has not read its units again since they changed`, reload)]
  return [warning(what, `add "[Unit]" and "After=${early.join(' ')}" to ${ORDER_FILE}, then ${reload}`)]
}

function filterFindings(examined: Sections): NodeFinding[] {
  if (!scansDrbd(examined)) return []
  const what = 'LVM scans DRBD devices, and may activate a volume group inside a storage'
  return [warning(what, `set devices { global_filter = [ ${REJECT_DRBD} ] } in /etc/lvm/lvm.conf`)]
}
