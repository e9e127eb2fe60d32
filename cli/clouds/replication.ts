import type { Cloud } from '../../cloud/cloud.ts'
import { isUnreadable, parseProcDrbd } from '../../system/drbd/proc-drbd.ts'
import { splitBrainMarker } from '../../system/drbd/split-brain-marker.ts'
import { excerpt, parseAnswer } from '../../system/nodes/answer.ts'
import { runOn } from '../../system/nodes/ssh.ts'
import type { System } from '../../system/system.ts'
import { ToolFailed } from '../../system/system.ts'
import { messageOf } from '../run/steps.ts'

/** The replication of one side of a cloud, in DRBD 8.4's own terms. */
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
  /** Whether DRBD has called its split-brain handler here: both sides were written to while they were disconnected. */
  readonly hasSplitBrain: boolean
}

/** A side whose state is unknown: the node is unreachable, or DRBD is down there. */
export interface UnknownReplication {
  readonly node: string
  readonly problem: string
}

const TIMEOUT_SECONDS = 30

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

/** Whether both sides are connected and up to date. */
export function isInSync(sides: readonly (Replication | UnknownReplication)[]): boolean {
  return sides.every(
    side =>
      isKnown(side) && side.connection === 'Connected' && side.disk === 'UpToDate' && side.peerDisk === 'UpToDate',
  )
}

/**
 * Whether both sides are up, and at least one does not try to connect: DRBD has dropped the other one, or an operator has
 * ("drbdadm disconnect").
 */
export function isApart(sides: readonly (Replication | UnknownReplication)[]): boolean {
  const disconnected = ['StandAlone', 'WFConnection']
  return (
    sides.every(side => isKnown(side) && disconnected.includes(side.connection)) &&
    sides.some(side => isKnown(side) && side.connection === 'StandAlone')
  )
}

/** Whether they are disconnected because both were written to: an operator has to resolve that. */
export function isSplit(sides: readonly (Replication | UnknownReplication)[]): boolean {
  return isApart(sides) && sides.some(side => isKnown(side) && side.hasSplitBrain)
}

async function sideOn(
  system: System,
  node: string,
  { name, minor }: Pick<Cloud, 'name' | 'minor'>,
): Promise<Replication | UnknownReplication> {
  try {
    // 1: usually because there is no marker; or DRBD is not loaded
    const options = { looks: true, timeoutSeconds: TIMEOUT_SECONDS, accepted: [0, 1] } as const
    const finished = await runOn(system, node, ['cat', '/proc/drbd', splitBrainMarker(name)], options)
    const side = parseAnswer(finished, text => parseReplication(text, minor))
    return side ? { node, ...side, hasSplitBrain: finished.status === 0 } : { node, problem: 'DRBD is down' }
  } catch (error) {
    if (error instanceof ToolFailed) return { node, problem: messageOf(error) }
    throw error
  }
}

/**
 * The replication of one minor in the text of /proc/drbd; undefined when DRBD is not loaded, or the minor is not up.
 * @throws RangeError for text of another form.
 */
export function parseReplication(text: string, minor: number): Omit<Replication, 'node' | 'hasSplitBrain'> | undefined {
  // if the file does not exist, cat prints nothing to stdout
  const status = /^version: \d+\.\d+\.\S/m.test(text) ? statusIn(text, minor) : undefined
  if (status === undefined || status === 'unconfigured') return undefined
  if (isUnreadable(status)) throw new RangeError(status.unreadable)
  const { role, disk, peers } = status
  const [peer] = peers
  if (peer === undefined) return undefined
  return {
    connection: peer.connection,
    role,
    disk,
    peerDisk: peer.disk,
    outOfSyncBytes: peer.outOfSyncBytes ?? 0,
    syncedPercent: peer.percentDone ?? null,
  }
}

/** @throws RangeError for text that is not that of /proc/drbd. */
function statusIn(text: string, minor: number) {
  try {
    const { version, minors } = parseProcDrbd(text)
    // DRBD 9 shows no state in this file
    if (version.major >= 9) return { unreadable: `DRBD ${version.text} is not supported` }
    return minors.get(minor)
  } catch (cause) {
    throw new RangeError(`expected the text of /proc/drbd, got ${excerpt(text)}`, { cause })
  }
}
