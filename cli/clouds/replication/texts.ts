import { isBeingVerified, isKnown, type Replication, type UnknownReplication } from './replication.ts'

/** Why the sides of a cloud are not in sync, and what to do. */
export function notInSyncText(cloud: string, sides: readonly (Replication | UnknownReplication)[]): string {
  if (isBeingVerified(sides))
    return `its two sides are being verified (${statesText(sides)}): wait for the end of that, or stop it`
  const isResync = sides.some(side => isKnown(side) && side.syncedPercent !== null)
  const todo = isResync ? 'wait for the end of the resync' : `see "vhacs storage --info ${cloud}"`
  return `its two sides are not both Connected and UpToDate (${statesText(sides)}): ${todo}`
}

/** The states of sides for a message, such as `node1: SyncSource, UpToDate 42%; node2: DRBD is down`. */
export function statesText(sides: readonly (Replication | UnknownReplication)[]): string {
  const texts = sides.map(side => {
    if (!isKnown(side)) return `${side.node}: ${side.problem}`
    const progress = side.syncedPercent === null ? '' : ` ${side.syncedPercent}%`
    return `${side.node}: ${side.connection}, ${side.disk}${progress}`
  })
  return texts.join('; ')
}

/** The connection of a side; of three sides, those to the two others. */
export function connectionText({ connection, peers }: Replication): string {
  return peers === undefined ? connection : peers.map(peer => `${peer.connection} to ${peer.node}`).join(' and ')
}

/** How an operator ends a split brain of three sides, which vhacs does not. */
export function discardByHand(name: string): string {
  return `on the node whose changes are to be lost: "drbdadm disconnect ${name}; drbdadm connect --discard-my-data ${name}"; on the others: "drbdadm connect ${name}"`
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
