import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import type { CibSnapshot } from '../../../cloud/cib/snapshot.ts'
import { INITIATOR_ATTRIBUTE, rolesIn } from '../../../cloud/node-attributes.ts'
import { parseActiveResources, parseSettledResources } from '../../../cloud/pacemaker/active-resources.ts'
import { type ClusterStatus, parseClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { COROSYNC_CONF, parseCorosyncConf } from '../../../system/corosync/conf/corosync-conf.ts'
import { hostName } from '../../../system/host-name.ts'
import { textOn } from '../../../system/nodes/files/text.ts'
import { script } from '../../../system/nodes/script.ts'
import { monitorCluster } from '../../../system/pacemaker/cib/cib.ts'
import type { System } from '../../../system/system.ts'
import { readCib } from '../../clouds/read-cib.ts'
import type { Examination } from '../examine/examination.ts'
import { examineAll } from '../examine/examine-all.ts'
import { type Fencing, fencingIn } from '../examine/fencing/fencing.ts'
import { FENCES_QUESTION, unresponsiveDevices } from '../examine/fencing/queries.ts'
import type { Finding } from '../examine/finding.ts'
import { LATER, SLOT_TIMES } from '../examine/questions.ts'
import type { DeviceState } from '../findings/fencing-findings.ts'
import { PROBE_QUESTIONS, WITH_DISK_QUESTIONS } from '../init/input/probe.ts'
import type { Fencing as NodeFencing } from '../init/input/request.ts'
import { SBD_FILE } from '../init/steps/sbd-steps.ts'
import type { JoinRequest } from './request.ts'
import { fencingOfNode } from './sbd-file.ts'

/** The running cluster, and the nodes that are to join it. */
export interface Situation {
  /** This node, which runs the commands that concern the whole cluster. */
  readonly here: string
  readonly snapshot: CibSnapshot
  readonly status: ClusterStatus
  /** Without the nodes that are to join. */
  readonly members: readonly string[]
  /** The corosync.conf of each member that is reachable. */
  readonly confs: ReadonlyMap<string, string>
  /** The nodes that are not complete members yet. */
  readonly newcomers: readonly string[]
  readonly examinations: readonly Examination[]
  readonly unreachable: readonly Finding[]
  readonly fencing: Fencing
  readonly devices: DeviceState
  /** How sbd fences a node; `nothing` where other devices do, or none. */
  readonly bySbd: NodeFencing
  /** The settings of sbd on this node. */
  readonly sbdFile: string
}

/** @throws Missing when this node is not in a running cluster. */
export async function readSituation(system: System, { nodes }: JoinRequest): Promise<Situation> {
  const here = hostName(system)
  const [snapshot, monitor] = await Promise.all([readCib(system), monitorCluster(system)])
  const known = snapshot.cluster.nodes
  const newcomers = nodes.filter(name => !isComplete(name, snapshot, monitor))
  const status = parseClusterStatus(monitor)
  const gone = await leftBehind(system, { here, cluster: snapshot.cluster, status })
  const members = known.map(({ name }) => name).filter(name => !newcomers.includes(name) && !gone.includes(name))
  const fencing = fencingIn(snapshot.root)
  const sbdFile = (await textOn(system, here, SBD_FILE)) ?? ''
  const bySbd = fencingOfNode(fencing, sbdFile)
  const settled = parseSettledResources(monitor).filter(({ id }) => fencing.devices.includes(id))
  const [{ examinations, unreachable }, unresponsive] = await Promise.all([
    examineAll(system, {
      text: bySbd.by === 'disk' ? WITH_DISK : WITHOUT_DISK,
      names: [...members, ...newcomers],
      device: bySbd.by === 'disk' ? bySbd.device : undefined,
      directories: snapshot.cluster.clouds.map(({ directory }) => directory),
    }),
    unresponsiveDevices(system, settled),
  ])
  const reachable = members.filter(name => examinations.some(({ node }) => node === name))
  const texts = await Promise.all(
    reachable.map(async name => [name, (await textOn(system, name, COROSYNC_CONF)) ?? ''] as const),
  )
  const isNamed = (name: string) =>
    texts.some(([, text]) => parseCorosyncConf(text).nodes.some(node => node.name === name))
  // one that a command that was broken off has begun to add comes first: without it, the files are the same on all nodes
  newcomers.sort((one, other) => Number(isNamed(other)) - Number(isNamed(one)))
  return {
    ...{ here, snapshot, status, members, confs: new Map(texts), newcomers },
    ...{ examinations, unreachable, fencing, devices: { settled, unresponsive }, bySbd, sbdFile },
  }
}

/**
 * Lost nodes that corosync does not count on any more, and whose sides of clouds a node that joins is to take: Pacemaker alone still knows them.
 * @see vhacs node --forget --leave-sides
 */
async function leftBehind(
  system: System,
  { here, cluster: { nodes, clouds }, status }: { here: string; cluster: Cluster; status: ClusterStatus },
): Promise<string[]> {
  const listed = parseCorosyncConf((await textOn(system, here, COROSYNC_CONF)) ?? '').nodes.map(({ name }) => name)
  // a file without names of nodes tells nothing
  if (!listed.includes(here) || listed.includes('')) return []
  const lost = nodes.filter(({ name }) => !listed.includes(name) && status.haStatus.get(name) === 'offline')
  const hasSide = (name: string) => clouds.some(({ storageNodes }) => storageNodes.includes(name))
  return lost.flatMap(({ name }) => (hasSide(name) ? [name] : []))
}

const WITHOUT_DISK = script`${PROBE_QUESTIONS}${FENCES_QUESTION}${SLOT_TIMES}${LATER}`
const WITH_DISK = script`${WITH_DISK_QUESTIONS}${FENCES_QUESTION}${SLOT_TIMES}${LATER}`

/**
 * Whether a node has joined the cluster, however: the last step of a join records its roles and its initiator name. What has begun only,
 * is undone if it cannot be finished, so a node that runs anything is complete.
 */
function isComplete(name: string, { cluster, root }: CibSnapshot, monitor: string): boolean {
  const attributes = cluster.nodes.find(node => node.name === name)?.attributes
  if (attributes === undefined) return false
  const { devices } = fencingIn(root)
  return (
    attributes[INITIATOR_ATTRIBUTE] !== undefined ||
    rolesIn(attributes).length > 0 ||
    parseActiveResources(monitor).some(({ id, node }) => node === name && !devices.includes(id))
  )
}

/** The examinations of these nodes. */
export function examinationsOf({ examinations }: Situation, names: readonly string[]): Examination[] {
  return examinations.filter(({ node }) => names.includes(node))
}

/** Whether the cluster fences its nodes in any way. */
export function isFencing({ fencing }: Pick<Situation, 'fencing'>): boolean {
  return fencing.isEnabled && (fencing.devices.length > 0 || fencing.byWatchdog)
}
