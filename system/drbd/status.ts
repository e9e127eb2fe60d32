/** The volume of a resource on this node, and its peers. The words for states are DRBD's own. */
export interface DrbdStatus {
  readonly minor: number
  readonly role: string
  readonly disk: string
  /** It has no disk, and is meant to have none (DRBD 9). */
  readonly isClient: boolean
  /** True where no quorum is asked for, and in DRBD 8.4. */
  readonly hasQuorum: boolean
  /** I/O is held back; DRBD 8.4 does not say why. */
  readonly suspended: 'user' | 'no-data' | 'fencing' | 'quorum' | 'unknown' | undefined
  readonly peers: readonly DrbdPeer[]
}

export interface DrbdPeer {
  /** DRBD 8.4 has one peer and does not name it. */
  readonly name: string | undefined
  /** As in DRBD 8.4: how the connection is, and once it is made, what replication does. */
  readonly connection: string
  readonly role: string
  readonly disk: string
  readonly isClient: boolean
  /** Of a resync or verification. */
  readonly percentDone: number | undefined
  /** What this side has and the peer does not, as far as this side knows; undefined when DRBD does not tell. */
  readonly outOfSyncBytes: number | undefined
}

/** Parts of a resource that are no volume: a start or stop was cut short. */
export interface DrbdLeftover {
  readonly leftover: string
}

/** Whether the two sides talk to each other, be it to resync. */
export function isConnected({ connection }: { readonly connection: string }): boolean {
  return !NOT_CONNECTED.has(connection)
}

const NOT_CONNECTED = new Set([
  'StandAlone',
  'Disconnecting',
  'Unconnected',
  'Timeout',
  'BrokenPipe',
  'NetworkFailure',
  'ProtocolError',
  'TearDown',
  // DRBD 8.4, 9
  'WFConnection',
  'Connecting',
  'WFReportParams',
])

/** Whether every side is there and has the same, good data; one that is meant to have no disk needs none. */
export function isFullySynced({ disk, isClient, peers }: DrbdStatus): boolean {
  const isGood = (side: Pick<DrbdPeer, 'disk' | 'isClient'>) =>
    side.disk === 'UpToDate' || (side.isClient && side.disk === 'Diskless')
  return isGood({ disk, isClient }) && peers.length > 0 && peers.every(peer => isConnected(peer) && isGood(peer))
}

/** Whether what the local data are worth is just being found out. */
export function isAttaching({ disk }: DrbdStatus): boolean {
  return ['Attaching', 'Negotiating'].includes(disk)
}

/** Whether a connection is just being made or given up; a peer that hangs can keep it so. */
export function isInHandshake({ peers }: DrbdStatus): boolean {
  return peers.some(({ connection }) => ['WFReportParams', 'TearDown'].includes(connection))
}

/** Whether a peer with good data can be asked for them. */
export function hasUpToDatePeer({ peers }: DrbdStatus): boolean {
  return peers.some(peer => isConnected(peer) && peer.disk === 'UpToDate')
}
