import { type CibSnapshot, parseSnapshot } from '../../../cloud/cib/snapshot.ts'
import { joinedNames, listedNames } from '../../../cloud/listed-names.ts'
import { type ClusterStatus, parseClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { CIB_DIRECTORY } from '../../../system/cib-directory.ts'
import { hostName } from '../../../system/host-name.ts'
import { type CorosyncState, corosyncStateOn } from '../../../system/nodes/membership/corosync-state.ts'
import { signOfLife } from '../../../system/nodes/membership/signs-of-life.ts'
import { monitorCluster } from '../../../system/pacemaker/cib/cib.ts'
import { queryCibIn } from '../../../system/pacemaker/cib/file.ts'
import { Missing, type System, ToolMissing } from '../../../system/system.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { expandAmong } from '../../command/name-ranges.ts'
import { fencingIn } from '../examine/fencing/fencing.ts'

/** A cluster of which nodes are lost, as this node sees it. */
export interface AloneFacts {
  readonly here: string
  readonly corosync: CorosyncState
  readonly snapshot: CibSnapshot
  /** Undefined while Pacemaker does not run on this node: then the CIB is the one in its file. */
  readonly status: ClusterStatus | undefined
  /** The nodes that are in the cluster now, this one among them. */
  readonly present: readonly string[]
  /** The nodes that are lost for good, according to the operator. */
  readonly lost: readonly string[]
}

/**
 * Reads what this node knows of the cluster. `without`: names of the lost nodes; undefined for all that are not in the cluster.
 * @throws RangeError where the cluster must not, or need not, go on without them.
 */
export async function readFacts(system: System, without: string | undefined): Promise<AloneFacts> {
  const here = hostName(system)
  const corosync = await corosyncStateOn(system, here)
  const { configured } = corosync
  if (!configured.includes(here))
    throw new RangeError(
      `${here} is not a node of the cluster that its corosync.conf defines (${listedNames(configured)})`,
    )
  const present = corosync.isRunning ? corosync.members : [here]
  const lost = lostNodes(without, { configured, present })
  refuseMinority({ configured, present, lost })
  const { snapshot, status } = await pacemakerFacts(system)
  if (!fencingIn(snapshot.root).isEnabled)
    throw new RangeError(
      'fencing is disabled: DRBD would not continue without the other side; see "vhacs cluster --check"',
    )
  await refuseLiving(system, lost)
  return { here, corosync, snapshot, status, present, lost }
}

interface Sets {
  readonly configured: readonly string[]
  readonly present: readonly string[]
}

function lostNodes(without: string | undefined, { configured, present }: Sets): string[] {
  const absent = configured.filter(name => !present.includes(name))
  const named = without === undefined ? absent : expandAmong(without, configured)
  const unknown = named.find(name => !configured.includes(name))
  if (unknown !== undefined)
    throw new RangeError(`${unknown} is not a node of this cluster (nodes: ${listedNames(configured)})`)
  const living = named.filter(name => present.includes(name))
  if (living.length > 0)
    throw new RangeError(
      `${joinedNames(living)} ${living.length === 1 ? 'is' : 'are'} in the cluster: nothing was changed`,
    )
  if (named.length === 0) throw new RangeError('all nodes are in the cluster: there is none to go on without')
  return named
}

/** Those that are left must be more than half of all that are not lost, as always. */
function refuseMinority({ configured, present, lost }: Sets & { readonly lost: readonly string[] }): void {
  const left = configured.filter(name => !lost.includes(name))
  if (present.length * 2 > left.length) return
  const others = left.filter(name => !present.includes(name))
  throw new RangeError(
    `without ${joinedNames(lost)}, ${joinedNames(present)} would still be no majority of ${joinedNames(left)}: start ${joinedNames(others)}, or name those that are off with --without as well (nothing was changed)`,
  )
}

/** Of this node's Pacemaker; where it does not run, of the CIB that it has left in its file. */
async function pacemakerFacts(system: System): Promise<Pick<AloneFacts, 'snapshot' | 'status'>> {
  try {
    const [snapshot, monitor] = await Promise.all([readCib(system), monitorCluster(system)])
    return { snapshot, status: parseClusterStatus(monitor) }
  } catch (error) {
    if (!(error instanceof Missing) || error instanceof ToolMissing) throw error
    return { snapshot: parseSnapshot(await queryCibIn(system, `${CIB_DIRECTORY}/cib.xml`)), status: undefined }
  }
}

async function refuseLiving(system: System, lost: readonly string[]): Promise<void> {
  const signs = await Promise.all(lost.map(async node => ({ node, sign: await signOfLife(system, node) })))
  const texts = signs.flatMap(({ node, sign }) => (sign === undefined ? [] : [`${node} is not off: ${sign}`]))
  if (texts.length > 0)
    throw new RangeError(
      `${texts.join('; ')}: start the cluster there ("systemctl start pacemaker"), or switch it off (nothing was changed)`,
    )
}

/** Whether the cluster has quorum, runs here, and does not wait for the lost nodes to be fenced. */
export function goesOn({ corosync, status, lost }: Pick<AloneFacts, 'corosync' | 'status' | 'lost'>): boolean {
  return corosync.isQuorate && status?.hasQuorum === true && lost.every(node => isDown(status, node))
}

/** Whether Pacemaker knows that a node is down. */
export function isDown({ haStatus }: ClusterStatus, node: string): boolean {
  return (haStatus.get(node) ?? 'offline') === 'offline'
}
