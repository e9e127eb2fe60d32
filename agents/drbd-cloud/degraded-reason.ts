import { isSplit, splitBrainMarker } from '../../system/drbd/split-brain-marker.ts'
import { type DrbdPeer, type DrbdStatus, hasUpToDatePeer, isConnected } from '../../system/drbd/status.ts'
import type { Evidence } from './evidence.ts'
import { constraintLeftBehind, constraintText } from './fencing.ts'
import { isSplitFrom } from './split-brain.ts'
import { suspensionText } from './suspension.ts'

/** The faults of a resource that is up, the gravest first, and what to do; undefined when it has none. */
export function degradedReason(resource: string, status: DrbdStatus, evidence: Evidence): string | undefined {
  const faults = [
    ...suspensionText(resource, status),
    ...(status.hasQuorum ? [] : ['this side has no quorum']),
    ...diskFaults(resource, status),
    ...status.peers.flatMap(peer => peerFaults(resource, peer, evidence)),
    ...(status.peers.length === 0 && isSplit(evidence.split, status) ? [splitBrain(resource, 'no connection')] : []),
  ]
  const { fencing, network, unreached, unready } = evidence
  const constraint = faults.length === 0 ? constraintLeftBehind(resource, fencing) : constraintText(fencing.constraint)
  // a monitor watches a loss before it counts
  const cutOff = network.reach.by === 'all' || network.loss === undefined ? [] : [network.reach.why]
  return (
    [...faults, ...cutOff, ...(unreached === undefined ? [] : [unreached]), ...unready, ...constraint].join('; ') ||
    undefined
  )
}

function diskFaults(resource: string, status: DrbdStatus): string[] {
  const { disk, isClient } = status
  if (disk === 'UpToDate' || (isClient && disk === 'Diskless')) return []
  const isServed = hasUpToDatePeer(status)
  const hints: Readonly<Record<string, string>> = {
    Diskless: `: repair it, then run "drbdadm adjust ${resource}"`,
    ...(!isServed && { Consistent: consistentHint(resource) }),
  }
  return [`the local disk is ${disk}${hints[disk] ?? ''}${isServed ? '; the peer serves the data' : ''}`]
}

/**
 * Consistent data are usable, but only the peer or an operator can tell whether they are the newest. The data of a side are also Consistent
 * until its peer has answered for the first time.
 */
function consistentHint(resource: string): string {
  return `: wait for the peer; only if it is lost for good, run "drbdadm primary --force ${resource}" here, then "drbdadm secondary ${resource}", to continue with the local data, which may be old: only the peer knows whether its data are newer`
}

function peerFaults(resource: string, peer: DrbdPeer, { split, takenAddress }: Evidence): string[] {
  const name = peer.name === undefined ? 'the peer' : `the peer ${peer.name}`
  if (takenAddress !== undefined)
    return [
      `DRBD has dropped ${name}: stop the program that listens on ${takenAddress}, then run "drbdadm adjust ${resource}"; "ss -ltnp" shows it`,
    ]
  if (isSplitFrom(split, peer)) return [splitBrain(resource, peer.connection)]
  if (peer.connection === 'StandAlone')
    return [
      `DRBD has dropped ${name} (StandAlone): run "drbdadm connect ${resource}" after a look at the kernel log; it does so after a split brain, on an operator's command, or because the versions of DRBD do not match; after a split brain ${resolution(resource)}`,
    ]
  if (!isConnected(peer)) return [`no connection to ${name} (${peer.connection})`]
  if (peer.disk === 'UpToDate' || (peer.isClient && peer.disk === 'Diskless')) return resyncOf(peer)
  return [`${possessive(name)} disk is ${peer.disk} (${progressOf(peer)})`]
}

/** A resync from a peer with good data, which is not a fault of the peer. */
function resyncOf(peer: DrbdPeer): string[] {
  return /^(SyncTarget|PausedSyncT|WFBitMapT|WFSyncUUID)$/.test(peer.connection) ? [progressOf(peer)] : []
}

function progressOf({ connection, percentDone }: DrbdPeer): string {
  return percentDone === undefined ? connection : `${connection}, ${percentDone} % done`
}

const possessive = (name: string) => (name === 'the peer' ? "the peer's" : `${name}'s`)

/** A split brain is for an operator to resolve: no program may decide whose changes are discarded. */
function splitBrain(resource: string, connection: string): string {
  return `split brain (${connection}): ${resolution(resource)}. Both sides of ${resource} were written to while they were disconnected. Until then an unpromoted side is not promoted; if the other side is lost for good, run "rm ${splitBrainMarker(resource)}" to allow the promotion of this one as it is`
}

function resolution(resource: string): string {
  return `decide which node's changes to discard, run "drbdadm connect --discard-my-data ${resource}" there, after "drbdadm secondary ${resource}", and "drbdadm connect ${resource}" on the other node`
}
