import type { Cloud } from '../../../cloud/cloud.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import { splitBrainMarker } from '../../../system/drbd/split-brain-marker.ts'
import {
  type DrbdPeer,
  isConnected,
  isWaitingForPeer,
  type Suspension,
  suspensionOf,
} from '../../../system/drbd/status.ts'
import { type DrbdReport, drbdReportOn } from '../../../system/nodes/drbd/report.ts'
import { type System, ToolFailed } from '../../../system/system.ts'
import { messageOf } from '../../run/steps.ts'

/** The replication of one side of a cloud, in DRBD's own terms; of two other sides, that with the one in the worse state. */
export interface Replication {
  readonly node: string
  readonly connection: string
  readonly role: string
  readonly disk: string
  readonly peerDisk: string
  /** What this side has and the other side does not, as far as this side knows. */
  readonly outOfSyncBytes: number
  /** The progress of a resync or verification; null when none is running. */
  readonly syncedPercent: number | null
  /** Why I/O is suspended, or that all I/O fails since a forced demotion; null where neither is so. */
  readonly suspended: Suspension | 'failing' | null
  /** Whether DRBD has called its split-brain handler here: both sides were written to while they were disconnected. */
  readonly hasSplitBrain: boolean
  /** Of a cloud with three sides: the connections to the two others, in the order of DRBD. */
  readonly peers?: readonly PeerReplication[]
  /** Of a cloud with three sides: whether this one has a majority. */
  readonly hasQuorum?: boolean
}

export interface PeerReplication extends Pick<Replication, 'connection' | 'outOfSyncBytes' | 'syncedPercent'> {
  /** The node of the other side. */
  readonly node: string
  readonly disk: string
}

/** A side whose state is unknown: the node is unreachable, or DRBD is down there. */
export interface UnknownReplication {
  readonly node: string
  readonly problem: string
}

/** The sides of a cloud on these nodes, by default on all of its nodes, in their order. */
export async function replicationOf(
  system: System,
  cloud: Replicated,
  nodes: readonly string[] = cloud.storageNodes,
): Promise<(Replication | UnknownReplication)[]> {
  return Promise.all(nodes.map(node => sideOn(system, node, cloud)))
}

type Replicated = Pick<Cloud, 'name' | 'minor' | 'storageNodes'>

export function isKnown(side: Replication | UnknownReplication): side is Replication {
  return !('problem' in side)
}

/** Whether a side is up and connected, of three sides with all others, whatever its data are. */
export function isConnectedSide(side: Replication | UnknownReplication): boolean {
  return isKnown(side) && isConnected(side)
}

/** Whether all sides are connected and up to date, and DRBD does nothing else with them. */
export function isInSync(sides: readonly (Replication | UnknownReplication)[]): boolean {
  return sides.every(
    side =>
      isKnown(side) && side.connection === 'Connected' && side.disk === 'UpToDate' && side.peerDisk === 'UpToDate',
  )
}

/** Whether DRBD compares the two sides, which are connected and up to date: each write still goes to both. */
export function isBeingVerified(sides: readonly (Replication | UnknownReplication)[]): boolean {
  return isReplicating(sides) && sides.some(side => isKnown(side) && VERIFYING.includes(side.connection))
}

/** Whether both sides are connected and up to date, also while they are being verified. */
export function isReplicating(sides: readonly (Replication | UnknownReplication)[]): boolean {
  const each = sides.map(side =>
    isKnown(side) && VERIFYING.includes(side.connection) ? { ...side, connection: 'Connected' } : side,
  )
  return isInSync(each)
}

/** The side that asks and compares, and the one that answers. */
const VERIFYING = ['VerifyS', 'VerifyT']

/**
 * Whether all sides are up, and at least one does not try to connect: DRBD has dropped the other one, or an operator has
 * ("drbdadm disconnect"). Of two sides, the other one does not either, or waits; of three, it may be connected to the third.
 */
export function isApart(sides: readonly (Replication | UnknownReplication)[]): boolean {
  const isAlone = ({ connection }: Replication) => connection === 'StandAlone'
  const known = sides.filter(isKnown)
  const isSettled = sides.length > 2 || known.every(side => isAlone(side) || isWaitingForPeer(side))
  return known.length === sides.length && isSettled && known.some(isAlone)
}

/** Whether they are disconnected because both were written to: an operator has to resolve that. */
export function isSplit(sides: readonly (Replication | UnknownReplication)[]): boolean {
  return isApart(sides) && sides.some(side => isKnown(side) && side.hasSplitBrain)
}

async function sideOn(system: System, node: string, cloud: Replicated): Promise<Replication | UnknownReplication> {
  try {
    const { report, hasFiles } = await drbdReportOn(system, node, [splitBrainMarker(cloud.name)])
    const side = replicationIn(report, { ...cloud, node })
    return 'problem' in side ? { node, ...side } : { node, ...side, hasSplitBrain: hasFiles }
  } catch (error) {
    if (error instanceof ToolFailed) return { node, problem: messageOf(error) }
    if (error instanceof RangeError) return { node, problem: `${node}: ${error.message}` }
    throw error
  }
}

/** Of a side that is down altogether, as in standby. */
export const DOWN = 'DRBD is down'

/**
 * The replication of a cloud as DRBD of `node` reports it.
 * @throws RangeError for what DRBD does not print.
 */
export function replicationIn(
  report: DrbdReport | undefined,
  cloud: Replicated & { readonly node: string },
): Omit<Replication, 'node' | 'hasSplitBrain'> | Pick<UnknownReplication, 'problem'> {
  const status = report?.statusOf(cloud)
  if (status === undefined) return { problem: DOWN }
  if ('unreadable' in status) throw new RangeError(status.unreadable)
  if ('leftover' in status) return { problem: `DRBD is not quite down: ${status.leftover}` }
  const { role, disk, failsIo, peers } = status
  const [peer] = peers.toSorted((one, other) => rankOf(one) - rankOf(other))
  if (peer === undefined) return { problem: `DRBD has no connection to a peer, ${role}, ${disk}` }
  const isPair = cloud.storageNodes.length === 2
  const missing = missingPeers(cloud, peers)
  if (missing.length > 0) return { problem: `DRBD has no connection to ${joinedNames(missing)}, ${role}, ${disk}` }
  return {
    ...stateOf(peer),
    role,
    disk,
    peerDisk: peer.disk,
    suspended: failsIo ? 'failing' : (suspensionOf(status) ?? null),
    ...(!isPair && {
      peers: peers.map(each => ({ node: each.name ?? '', ...stateOf(each), disk: each.disk })),
      hasQuorum: status.hasQuorum,
    }),
  }
}

function stateOf(peer: DrbdPeer): Pick<Replication, 'connection' | 'outOfSyncBytes' | 'syncedPercent'> {
  return {
    connection: peer.connection,
    outOfSyncBytes: peer.outOfSyncBytes ?? 0,
    syncedPercent: peer.percentDone ?? null,
  }
}

/** The other sides that DRBD of a node does not know; of a pair it knows one or none. */
function missingPeers({ storageNodes, node }: Replicated & { readonly node: string }, peers: readonly DrbdPeer[]) {
  if (storageNodes.length === 2) return []
  return storageNodes.filter(name => name !== node && !peers.some(peer => peer.name === name))
}

/** Lower for what is worse. */
function rankOf(peer: DrbdPeer): number {
  if (peer.connection === 'StandAlone') return 0
  if (!isConnected(peer)) return 1
  if (peer.disk !== 'UpToDate') return 2
  return peer.connection === 'Connected' ? 4 : 3
}
