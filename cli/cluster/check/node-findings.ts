import type { Cluster, ClusterNode } from '../../../cloud/cib/read-cluster.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { STORAGE_ATTRIBUTE } from '../../../cloud/node-attributes.ts'
import { DEFAULT_VOLUME_GROUP } from '../../../cloud/volume-group.ts'
import { type Examination, MODULES, TOOLS, wordsIn } from '../examine/examination.ts'
import type { Finding, NodeFinding } from '../examine/finding.ts'
import { looksAtDrbd } from '../examine/lvm-filter.ts'
import { bootFindings, orderFindings } from '../findings/boot-findings.ts'
import { timeServiceFindings } from '../findings/clock-findings.ts'
import { settingFindings } from '../findings/setting-findings.ts'
import { driftFindings } from './drift-findings.ts'

/** What the nodes' answers are held against. */
interface Seen {
  readonly cluster: Cluster
  /** Nodes that answer neither us nor the cluster: that others do not reach them is nothing new. */
  readonly down: readonly string[]
}

/** What is wrong with one node by itself. */
export function nodeFindings(examined: Examination, { cluster, down }: Seen): Finding[] {
  const { node } = examined
  const known = cluster.nodes.find(({ name }) => name === node)
  const findings = [
    ...hostKeyFindings(examined),
    ...linkFindings(examined),
    ...bootFindings(examined),
    ...orderFindings(examined, known),
    ...filterFindings(examined),
    ...driftFindings(examined, cluster),
  ]
  return [...fitnessFindings(examined, cluster, down), ...onNode(node, findings)]
}

/** What makes a node unfit to be in any cluster. */
export function fitnessFindings(
  examined: Examination,
  {
    nodes,
    clouds,
  }: { readonly nodes: readonly Pick<ClusterNode, 'name' | 'attributes'>[]; readonly clouds: readonly Cloud[] },
  down: readonly string[] = [],
): Finding[] {
  const { node } = examined
  const known = nodes.find(({ name }) => name === node)
  const findings = [
    ...toolFindings(examined),
    ...moduleFindings(examined),
    ...settingFindings(examined),
    ...nameFindings(examined, down),
    ...timeServiceFindings(examined),
    ...volumeGroupFindings(examined, known, clouds),
  ]
  return onNode(node, findings)
}

function onNode(node: string, findings: readonly NodeFinding[]): Finding[] {
  return findings.map(({ severity, what, todo }) => ({ severity, node, what, todo }))
}

function nameFindings(examined: Examination, down: readonly string[]): NodeFinding[] {
  const name = examined.sections.get('name')
  const unknown = wordsIn(examined, 'names')
  const unreachable = wordsIn(examined, 'ssh').filter(other => !unknown.includes(other) && !down.includes(other))
  const findings: NodeFinding[] = []
  if (name !== undefined && name !== examined.node) {
    const todo = 'name the node as uname -n does there: DRBD and the cluster know it by that'
    findings.push({ severity: 'error', what: `it calls itself ${name}`, todo })
  }
  for (const other of unknown) {
    const todo = 'put all nodes into /etc/hosts there'
    findings.push({ severity: 'error', what: `it does not know the address of ${other}`, todo })
  }
  for (const other of unreachable) {
    const todo = `see that "ssh root@${other} true" works there: until then, vhacs does not work from that node`
    findings.push({ severity: 'warning', what: `it does not reach ${other} by ssh`, todo })
  }
  return findings
}

/** Whoever takes a node's address could be taken for it, and is told what to do as root. */
function hostKeyFindings(examined: Examination): NodeFinding[] {
  const unchecked = wordsIn(examined, 'unchecked')
  if (unchecked.length === 0) return []
  const what = `ssh does not check the host keys of ${unchecked.join(', ')} there: StrictHostKeyChecking is off`
  const todo =
    'put the host keys into /etc/ssh/ssh_known_hosts and switch it on, or take it that the network is trusted'
  return [{ severity: 'warning', what, todo }]
}

const AGENTS = ['lvm-volume', 'drbd-cloud', 'lio-iblock', 'iscsi-mount', 'ext3-filesystem']

function toolFindings(examined: Examination): NodeFinding[] {
  const missing = wordsIn(examined, 'tools').map(
    (tool): NodeFinding => ({
      severity: 'error',
      what: `${tool} is not installed`,
      todo: `apt-get install ${TOOLS[tool]}`,
    }),
  )
  const there = wordsIn(examined, 'agents')
  const agents = AGENTS.filter(agent => !there.includes(agent))
  if (agents.length > 0)
    missing.push({
      severity: 'error',
      what: `the agents ${agents.join(', ')} are not installed`,
      todo: 'install VHACS there, the same version as on the other nodes',
    })
  if (!there.some(path => path.endsWith('/IPaddr2')))
    missing.push({ severity: 'error', what: 'the agent IPaddr2 is missing', todo: 'apt-get install resource-agents' })
  return missing
}

function moduleFindings(examined: Examination): NodeFinding[] {
  const there = wordsIn(examined, 'modules').map(name => name.replaceAll('-', '_'))
  const missing = MODULES.filter(module => !there.includes(module)).map(
    (module): NodeFinding => ({
      severity: 'error',
      what: `the kernel has no module ${module}`,
      todo: "install the kernel's own modules (linux-image-amd64 has them, linux-image-cloud-amd64 has not)",
    }),
  )
  const version = examined.sections.get('drbd') ?? ''
  if (version === '' || version.startsWith('8.4.')) return missing
  const todo = 'use the DRBD of the kernel (8.4): remove drbd-dkms and reboot'
  return [...missing, { severity: 'error', what: `DRBD ${version} is not supported`, todo }]
}

/** Lines like `LINK: 1 udp (10.0.0.1->10.0.0.2) enabled connected mtu: 1397`. @see corosync-cfgtool(8), -n */
function linkFindings({ sections }: Examination): NodeFinding[] {
  // of a node that none of its links reaches, Pacemaker says more
  const reached = (sections.get('connected') ?? '').split(/^nodeid: /m).filter(part => /^\d+ reachable/.test(part))
  const links = reached.flatMap(part => [...part.matchAll(/^\s*LINK: (\d+) \S+ \((\S+?)->(\S+?)\) (.*)$/gm)])
  return links.flatMap(([, link, from, to, state = '']): NodeFinding[] => {
    if (/\bconnected\b/.test(state)) return []
    const what = `corosync's link ${link} from ${from} to ${to} is not connected`
    return [{ severity: 'warning', what, todo: 'see the cable and the addresses in /etc/corosync/corosync.conf' }]
  })
}

function filterFindings(examined: Examination): NodeFinding[] {
  if (!looksAtDrbd(examined)) return []
  const what = 'LVM looks at DRBD devices, and may take hold of a volume group inside of a storage'
  const todo = 'set devices { global_filter = [ "r|^/dev/drbd|" ] } in /etc/lvm/lvm.conf'
  return [{ severity: 'warning', what, todo }]
}

/** A node that stores needs the volume groups of its storages, or that of new ones. */
function volumeGroupFindings(
  examined: Examination,
  known: Pick<ClusterNode, 'attributes'> | undefined,
  clouds: readonly Cloud[],
): NodeFinding[] {
  if (known?.attributes[STORAGE_ATTRIBUTE] !== 'true') return []
  const ours = clouds.filter(({ storageNodes }) => storageNodes.includes(examined.node))
  const needed = new Set(ours.length > 0 ? ours.map(({ volumeGroup }) => volumeGroup) : [DEFAULT_VOLUME_GROUP])
  const there = wordsIn(examined, 'groups')
  return [...needed]
    .filter(group => !there.includes(group))
    .map(group => ({
      severity: 'error',
      what: `it has the role storage, but no volume group ${group}`,
      todo: `vgcreate ${group} DISK, or "vhacs node --delrole storage ${examined.node}"`,
    }))
}
