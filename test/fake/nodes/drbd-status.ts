import type { DrbdPeer, DrbdStatus } from '../../../system/drbd/status.ts'

/**
 * A status from words as DRBD 8.4 has them: `ROLE/DISK` of this node, then `CONNECTION/DISK` of each peer, with the peer's
 * name before a colon where it has one. `more` replaces parts of this node's.
 */
export function drbdStatus(text: string, more: Partial<DrbdStatus> = {}): DrbdStatus {
  const [local = '', ...peers] = text.split(' ')
  const [role = '', disk = ''] = local.split('/')
  return { ...{ minor: 0, role, disk }, ...HEALTHY, peers: peers.map(peerFrom), ...more }
}

const HEALTHY = { isClient: false, hasQuorum: true, suspended: undefined } as const

function peerFrom(text: string): DrbdPeer {
  const [, name, connection = '', disk = ''] = /^(?:(\w+):)?(\w+)\/(\w+)$/.exec(text) ?? []
  const [role, isClient, percentDone, outOfSyncBytes] = ['Secondary', false, undefined, 0] as const
  return { name, connection, role, disk, isClient, percentDone, outOfSyncBytes }
}
