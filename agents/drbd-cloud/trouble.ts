import { configuredAddresses, DrbdConfigError } from '../../system/drbd-config.ts'
import { fenceConstraintOn } from '../../system/drbd-fence.ts'
import { splitBrainMark } from '../../system/drbd-split-brain.ts'
import { type DrbdPeer, type DrbdStatus, isConnected } from '../../system/drbd-status.ts'
import { isThere } from '../../system/files.ts'
import { areInEachOthersWay, listeners } from '../../system/sockets.ts'
import type { System } from '../../system/system.ts'

/** What is not as it should be with a resource that is up, the gravest first; undefined when all is well. */
export function troubleOf(system: System, resource: string, status: DrbdStatus): string | undefined {
  const troubles = [
    ...suspensionOf(status),
    ...(status.hasQuorum ? [] : ['this side has no quorum']),
    ...diskTroubleOf(status),
    ...status.peers.flatMap(peer => peerTroubleOf(system, resource, status, peer)),
  ]
  if (troubles.length === 0) return undefined
  return [...troubles, ...fencingOf(system, resource)].join('; ')
}

/** The constraint of a fence-peer handler, in words; empty when there is none. */
export function fencingOf(system: System, resource: string): string[] {
  const constraint = fenceConstraintOn(system, resource)
  if (constraint === undefined) return []
  const { id, allowed } = constraint
  return [
    `Pacemaker may promote it on ${allowed.join(', ')} only (constraint ${id}, which DRBD's handler takes back when the peer has caught up)`,
  ]
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
  // DRBD 8.4 does not tell why
  const guess = peers.some(isConnected) ? 'user' : disk === 'UpToDate' ? 'fencing' : 'no-data'
  return [`I/O is suspended: ${reasons[suspended === 'unknown' ? guess : suspended]}`]
}

function diskTroubleOf({ disk, isClient, peers }: DrbdStatus): string[] {
  if (disk === 'UpToDate' || (isClient && disk === 'Diskless')) return []
  const served = peers.some(peer => isConnected(peer) && peer.disk === 'UpToDate')
  const hint = disk === 'Diskless' ? ', it failed or was detached; when it is mended, "drbdadm adjust" attaches it' : ''
  return [`the local disk is ${disk}${hint}${served ? ', the peer serves the data' : ''}`]
}

function peerTroubleOf(system: System, resource: string, { peers }: DrbdStatus, peer: DrbdPeer): string[] {
  const name = peer.name === undefined ? 'the peer' : `the peer ${peer.name}`
  if (peer.connection === 'StandAlone') {
    const isAlone = peers.every(({ connection }) => connection === 'StandAlone')
    return [standAlone(system, resource, name, isAlone)]
  }
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
function standAlone(system: System, resource: string, name: string, isAlone: boolean): string {
  const [taken] = isAlone ? takenAddresses(system, resource) : []
  if (taken !== undefined)
    return `DRBD has dropped ${name} (StandAlone): another program listens on ${taken}, "ss -ltnp" shows which; when it is gone, "drbdadm adjust ${resource}" connects`
  const isKnown = isThere(system, splitBrainMark(resource))
  const what = isKnown
    ? `split brain: ${resource} was written to on both sides while they were apart, and DRBD keeps them apart (StandAlone)`
    : `DRBD has dropped ${name} (StandAlone): a split brain or an operator did that, see the kernel log`
  return `${what}; ${isKnown ? 'decide' : 'after a split brain decide'} which node's changes to throw away, run there "drbdadm secondary ${resource}; drbdadm connect --discard-my-data ${resource}", and on the other node "drbdadm connect ${resource}"`
}

/** Addresses of the resource on which something listens: not DRBD, if it has dropped all connections of the resource. */
function takenAddresses(system: System, resource: string): string[] {
  try {
    const taken = listeners(system)
    return configuredAddresses(system, resource).filter(own => taken.some(other => areInEachOthersWay(own, other)))
  } catch (error) {
    if (error instanceof DrbdConfigError) return []
    throw error
  }
}
