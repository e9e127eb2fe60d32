import { tryOptional } from '../../ocf/progress.ts'
import { configuredAddresses } from '../../system/drbd/config.ts'
import { splitBrainMarker } from '../../system/drbd/split-brain-marker.ts'
import { type DrbdPeer, type DrbdStatus, hasUpToDatePeer, isConnected } from '../../system/drbd/status.ts'
import { listeners, portalsConflict } from '../../system/proc/sockets.ts'
import type { System } from '../../system/system.ts'
import { fencingOf, leftFencingOf } from './fencing.ts'
import { isSplit, isSplitFrom } from './split-brain.ts'

/** What is not as it should be with a resource that is up, the gravest first; undefined when all is well. */
export function degradedReason(system: System, resource: string, status: DrbdStatus): string | undefined {
  const troubles = [
    ...suspensionOf(status),
    ...(status.hasQuorum ? [] : ['this side has no quorum']),
    ...diskTroubleOf(resource, status),
    ...status.peers.flatMap(peer => peerTroubleOf(system, resource, status, peer)),
    ...(status.peers.length === 0 && isSplit(system, resource, status) ? [splitBrain(resource, 'no connection')] : []),
  ]
  // no action may fail for want of the CIB
  const fencing = tryOptional(() =>
    troubles.length === 0 ? leftFencingOf(system, resource, status) : fencingOf(system, resource),
  )
  return [...troubles, ...(fencing ?? [])].join('; ') || undefined
}

/** Why I/O is held back; empty when it is not. */
export function suspensionOf(status: DrbdStatus): string[] {
  const { suspended, disk, peers } = status
  if (suspended === undefined) return []
  const reasons: Readonly<Record<typeof suspended, string>> = {
    user: 'an operator did that, and "drbdadm resume-io" undoes it',
    'no-data': 'no good data can be reached',
    fencing: 'the peer is gone and not yet known to be fenced (fence-peer handler)',
    quorum: 'this side has no quorum',
    unknown: '',
  }
  // DRBD 8.4 does not tell why; resume-io would fail what waits for data
  const hasData = disk === 'UpToDate' || hasUpToDatePeer(status)
  const guess = !hasData ? 'no-data' : peers.some(isConnected) ? 'user' : 'fencing'
  return [`I/O is suspended: ${reasons[suspended === 'unknown' ? guess : suspended]}`]
}

function diskTroubleOf(resource: string, status: DrbdStatus): string[] {
  const { disk, isClient } = status
  if (disk === 'UpToDate' || (isClient && disk === 'Diskless')) return []
  const served = hasUpToDatePeer(status)
  const hints: Readonly<Record<string, string>> = {
    Diskless: ', it failed or was detached; when it is mended, "drbdadm adjust" attaches it',
    ...(!served && { Consistent: consistentHint(resource) }),
  }
  return [`the local disk is ${disk}${hints[disk] ?? ''}${served ? ', the peer serves the data' : ''}`]
}

/** Good by themselves, but whether they are the newest only the peer knows, or an operator. */
function consistentHint(resource: string): string {
  return `, and only the peer knows whether its data are newer; if the peer is lost for good and certainly had nothing newer, "drbdadm primary --force ${resource}; drbdadm secondary ${resource}" here makes these the good ones`
}

function peerTroubleOf(system: System, resource: string, status: DrbdStatus, peer: DrbdPeer): string[] {
  const { peers } = status
  const name = peer.name === undefined ? 'the peer' : `the peer ${peer.name}`
  const isAlone = peers.every(({ connection }) => connection === 'StandAlone')
  const taken = isAlone ? tryOptional(() => takenAddresses(system, resource)[0]) : undefined
  if (taken !== undefined)
    return [
      `DRBD has dropped ${name} (StandAlone): another program listens on ${taken}, "ss -ltnp" shows which; when it is gone, "drbdadm adjust ${resource}" connects`,
    ]
  if (isSplitFrom(system, resource, peer)) return [splitBrain(resource, peer.connection)]
  if (peer.connection === 'StandAlone')
    return [
      `DRBD has dropped ${name} (StandAlone): a split brain, an operator, or a version of DRBD there that does not fit did that, the kernel log says which; after a split brain ${decision(resource)}`,
    ]
  if (!isConnected(peer)) return [`no connection to ${name} (${peer.connection})`]
  if (peer.disk === 'UpToDate' || (peer.isClient && peer.disk === 'Diskless')) return resyncOf(peer)
  return [`${possessive(name)} disk is ${peer.disk} (${progressOf(peer)})`]
}

/** From a peer with good data, which is no trouble of its own. */
function resyncOf(peer: DrbdPeer): string[] {
  return /^(SyncTarget|PausedSyncT|WFBitMapT|WFSyncUUID)$/.test(peer.connection) ? [progressOf(peer)] : []
}

function progressOf({ connection, percentDone }: DrbdPeer): string {
  return percentDone === undefined ? connection : `${connection}, ${percentDone} % done`
}

const possessive = (name: string) => (name === 'the peer' ? "the peer's" : `${name}'s`)

/** A split brain is for an operator to resolve: whose changes are thrown away is no decision of a program. */
function splitBrain(resource: string, connection: string): string {
  return `split brain: ${resource} was written to on both sides while they were apart, and DRBD keeps them apart (${connection}); ${decision(resource)}. Until then no side that is not promoted will be; if the other side is lost for good, "rm ${splitBrainMarker(resource)}" lets this one be promoted as it is`
}

function decision(resource: string): string {
  return `decide which node's changes to throw away, run there "drbdadm secondary ${resource}; drbdadm connect --discard-my-data ${resource}", and on the other node "drbdadm connect ${resource}"`
}

/** Addresses of the resource on which something listens: not DRBD, if it has dropped all connections of the resource. */
function takenAddresses(system: System, resource: string): string[] {
  const taken = listeners(system)
  return configuredAddresses(system, resource).filter(own => taken.some(other => portalsConflict(own, other)))
}
