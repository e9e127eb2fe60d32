import type { CibSnapshot } from '../../../cloud/cib/snapshot.ts'
import { joinedNames, listedNames } from '../../../cloud/listed-names.ts'
import { vhostsAmong } from '../../../cloud/node-attributes.ts'
import { parseActiveResources } from '../../../cloud/pacemaker/active-resources.ts'
import { type ClusterStatus, parseClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { COROSYNC_CONF } from '../../../system/corosync/conf/corosync-conf.ts'
import { withoutMember } from '../../../system/corosync/conf/members.ts'
import { hostName } from '../../../system/host-name.ts'
import { textOn } from '../../../system/nodes/files/text.ts'
import { type CorosyncState, corosyncStateOn } from '../../../system/nodes/membership/corosync-state.ts'
import { monitorCluster } from '../../../system/pacemaker/cib/cib.ts'
import { type System, ToolFailed } from '../../../system/system.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { type KnownFencing, knownFencing } from '../../cluster/membership/number-properties.ts'
import { expandAmong } from '../../command/name-ranges.ts'
import { refuseSides, refuseUnreadClouds, refuseUnreplaceable, sidesOn } from './sides.ts'

/** Lost nodes that are to be removed, and what must change for that. */
export interface ForgetFacts {
  readonly lost: readonly string[]
  /** Those of them that stay known to Pacemaker, because they have sides that are to be replaced later. */
  readonly kept: readonly string[]
  /** The nodes that stay, this one first. */
  readonly left: readonly string[]
  /** Corosync's configuration without the lost nodes. */
  readonly text: string
  readonly fencing: KnownFencing
  readonly snapshot: CibSnapshot
}

/** @throws RangeError where the nodes must not be removed. */
export async function forgetFacts(system: System, value: string, leavesSides: boolean): Promise<ForgetFacts> {
  const here = hostName(system)
  const [snapshot, monitor] = await Promise.all([readCib(system), monitorCluster(system)])
  const status = parseClusterStatus(monitor)
  const corosync = await corosyncStateOn(system, here)
  const lost = namedNodes(value, [...snapshot.cluster.nodes.map(({ name }) => name), ...corosync.configured])
  refuseLiving(lost, { corosync, status, here })
  const left = [here, ...corosync.configured.filter(name => name !== here && !lost.includes(name))]
  refuseWithoutQuorum({ corosync, status, left })
  refuseUnreadClouds(snapshot)
  const sides = sidesOn(lost, snapshot)
  const kept = [...new Set(sides.map(({ node }) => node))]
  if (leavesSides) await refuseUnreplaceable(system, { snapshot, active: parseActiveResources(monitor) }, sides)
  else refuseSides(sides)
  refuseWithoutVhost(lost, snapshot)
  await refuseReturning(system, lost)
  const text = await confWithout(system, lost, left)
  return { lost, kept, left, text, fencing: await knownFencing(system, snapshot.root, left), snapshot }
}

/** One that was removed half-way may be known to corosync or Pacemaker only. */
function namedNodes(value: string, known: readonly string[]): string[] {
  if (value === 'ALL') throw new RangeError('name the nodes that are lost: ALL is not accepted (nothing was changed)')
  const names = expandAmong(value, [...new Set(known)])
  const unknown = names.find(name => !known.includes(name))
  if (unknown !== undefined)
    throw new RangeError(`${unknown} is not a node of this cluster (nodes: ${listedNames([...new Set(known)])})`)
  return names
}

interface Standing {
  readonly corosync: CorosyncState
  readonly status: ClusterStatus
  readonly here: string
}

function refuseLiving(lost: readonly string[], { corosync, status, here }: Standing): void {
  for (const node of lost) {
    if (node === here || corosync.members.includes(node))
      throw new RangeError(
        `${node} is in the cluster: take it out with "vhacs cluster --part ${node}" on another node (nothing was changed)`,
      )
    const state = status.haStatus.get(node) ?? 'offline'
    if (state !== 'offline')
      throw new RangeError(
        `${node} is ${state}: wait until it is fenced or, if it is off for good, run "vhacs cluster --alone --without ${node}" (nothing was changed)`,
      )
  }
}

/** A node whose Pacemaker is only stopped would start it with the corosync.conf of a cluster that does not know it any more. */
async function refuseReturning(system: System, lost: readonly string[]): Promise<void> {
  const returning = await Promise.all(lost.map(async node => ((await hasConf(system, node)) ? [node] : [])))
  const [node] = returning.flat()
  if (node !== undefined)
    throw new RangeError(
      `${node} is offline, but answers, and could join again: start Pacemaker there and run "vhacs cluster --part ${node}", or remove ${COROSYNC_CONF} on it first (nothing was changed)`,
    )
}

async function hasConf(system: System, node: string): Promise<boolean> {
  try {
    return (await textOn(system, node, COROSYNC_CONF)) !== undefined
  } catch (error) {
    if (error instanceof ToolFailed) return false
    throw error
  }
}

function refuseWithoutQuorum({
  corosync,
  status,
  left,
}: Omit<Standing, 'here'> & { readonly left: readonly string[] }) {
  if (!corosync.isQuorate || !status.hasQuorum)
    throw new RangeError('the cluster has no quorum: see "vhacs cluster --alone --help" (nothing was changed)')
  const absent = left.filter(name => !corosync.members.includes(name))
  if (absent.length > 0)
    throw new RangeError(
      `the corosync.conf of ${joinedNames(absent)} must change, too: start the cluster there, or remove ${absent.length === 1 ? 'that node' : 'those nodes'} as well (nothing was changed)`,
    )
}

function refuseWithoutVhost(lost: readonly string[], { cluster: { clouds, nodes } }: CibSnapshot): void {
  const vhosts = vhostsAmong(nodes).filter(node => !lost.includes(node))
  if (clouds.length > 0 && vhosts.length === 0)
    throw new RangeError(
      `no other node has the vhost role, and could mount the storages: give it to one with "vhacs node --setrole vhost NODE" (nothing was changed)`,
    )
}

/** @throws RangeError where the nodes that stay would not have the same configuration. */
async function confWithout(system: System, lost: readonly string[], left: readonly string[]): Promise<string> {
  const texts = await Promise.all(
    left.map(async node => withoutMembers(node, (await textOn(system, node, COROSYNC_CONF)) ?? '', lost)),
  )
  const [text = '', ...others] = [...new Set(texts)]
  if (others.length > 0)
    throw new RangeError(
      `${COROSYNC_CONF} is not the same on all nodes: copy the right one to all (nothing was changed)`,
    )
  return text
}

function withoutMembers(node: string, text: string, lost: readonly string[]): string {
  try {
    return lost.reduce(withoutMember, text)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const todo = 'correct it on all nodes, then run "corosync-cfgtool -R" (nothing was changed)'
    throw new RangeError(`${COROSYNC_CONF} of ${node}: ${error.message}: ${todo}`, { cause: error })
  }
}
