import type { Cloud } from '../../cloud/cloud.ts'
import { splitBrainMarker } from '../../system/drbd/split-brain-marker.ts'
import { isWaitingForPeer, type Suspension, suspensionOf } from '../../system/drbd/status.ts'
import { type DrbdReport, drbdReportOn } from '../../system/nodes/drbd/report.ts'
import { type System, ToolFailed } from '../../system/system.ts'
import { messageOf } from '../run/steps.ts'

/** The replication of one side of a cloud, in DRBD's own terms. */
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
}

/** A side whose state is unknown: the node is unreachable, or DRBD is down there. */
export interface UnknownReplication {
  readonly node: string
  readonly problem: string
}

/** The sides of a cloud on these nodes, in their order. */
export async function replicationOf(
  system: System,
  cloud: Pick<Cloud, 'name' | 'minor'> & { readonly storageNodes: readonly string[] },
): Promise<(Replication | UnknownReplication)[]> {
  return Promise.all(cloud.storageNodes.map(node => sideOn(system, node, cloud)))
}

export function isKnown(side: Replication | UnknownReplication): side is Replication {
  return !('problem' in side)
}

/** Whether both sides are connected and up to date, and DRBD does nothing else with them. */
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

/** The states of sides for a message, such as `node1: SyncSource, UpToDate 42%; node2: DRBD is down`. */
export function statesText(sides: readonly (Replication | UnknownReplication)[]): string {
  const texts = sides.map(side => {
    if (!isKnown(side)) return `${side.node}: ${side.problem}`
    const progress = side.syncedPercent === null ? '' : ` ${side.syncedPercent}%`
    return `${side.node}: ${side.connection}, ${side.disk}${progress}`
  })
  return texts.join('; ')
}

/**
 * Whether both sides are up, and at least one does not try to connect: DRBD has dropped the other one, or an operator has
 * ("drbdadm disconnect").
 */
export function isApart(sides: readonly (Replication | UnknownReplication)[]): boolean {
  const isAlone = ({ connection }: Replication) => connection === 'StandAlone'
  const known = sides.filter(isKnown)
  return (
    known.length === sides.length && known.every(side => isAlone(side) || isWaitingForPeer(side)) && known.some(isAlone)
  )
}

/** Whether they are disconnected because both were written to: an operator has to resolve that. */
export function isSplit(sides: readonly (Replication | UnknownReplication)[]): boolean {
  return isApart(sides) && sides.some(side => isKnown(side) && side.hasSplitBrain)
}

async function sideOn(
  system: System,
  node: string,
  cloud: Pick<Cloud, 'name' | 'minor'>,
): Promise<Replication | UnknownReplication> {
  try {
    const { report, hasFiles } = await drbdReportOn(system, node, [splitBrainMarker(cloud.name)])
    const side = replicationIn(report, cloud)
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
 * The replication of a cloud as DRBD of a node reports it.
 * @throws RangeError for what DRBD does not print.
 */
export function replicationIn(
  report: DrbdReport | undefined,
  cloud: Pick<Cloud, 'name' | 'minor'>,
): Omit<Replication, 'node' | 'hasSplitBrain'> | Pick<UnknownReplication, 'problem'> {
  const status = report?.statusOf(cloud)
  if (status === undefined) return { problem: DOWN }
  if ('unreadable' in status) throw new RangeError(status.unreadable)
  if ('leftover' in status) return { problem: `DRBD is not quite down: ${status.leftover}` }
  const { role, disk, failsIo, peers } = status
  const [peer] = peers
  if (peer === undefined) return { problem: `DRBD has no connection to a peer, ${role}, ${disk}` }
  return {
    connection: peer.connection,
    role,
    disk,
    peerDisk: peer.disk,
    outOfSyncBytes: peer.outOfSyncBytes ?? 0,
    syncedPercent: peer.percentDone ?? null,
    suspended: failsIo ? 'failing' : (suspensionOf(status) ?? null),
  }
}

/** What is wrong with I/O on a side; undefined if it is neither suspended nor failing. */
export function ioText({ suspended }: Replication): string | undefined {
  return suspended === null ? undefined : IO_TEXTS[suspended]
}

const IO_TEXTS: Readonly<Record<NonNullable<Replication['suspended']>, string>> = {
  user: 'I/O is suspended by an operator',
  'no-data': 'I/O is suspended: no up-to-date data',
  fencing: 'I/O is suspended until the peer is known to be fenced',
  quorum: 'I/O is suspended: no quorum',
  failing: 'all I/O fails since it was made secondary by force',
}
