/** A resource on this node, and its peers; of several volumes, the worst state of each kind. The names of states are DRBD's own. */
export interface DrbdStatus {
  /** The minor of the first volume. */
  readonly minor: number
  /** The minors of its further volumes. */
  readonly furtherMinors?: readonly number[]
  readonly role: string
  readonly disk: string
  /** It is intentionally diskless (DRBD 9). */
  readonly isClient: boolean
  /** Also true where quorum is not configured, and in DRBD 8.4. */
  readonly hasQuorum: boolean
  /** It was made secondary by force while it was open: until it is closed, all I/O fails and it cannot be promoted (DRBD 9). */
  readonly failsIo?: true
  /** Why I/O is suspended; DRBD 8.4 does not report the reason. */
  readonly suspended: Suspension | 'unknown' | undefined
  /** DRBD's tools change it by its name, whatever the configuration says of its minors (DRBD 9); otherwise by its minors. */
  readonly isChangedByName?: true
  readonly peers: readonly DrbdPeer[]
}

/** Why I/O is suspended: by an operator, or until data, the fencing of the peer or quorum are there. */
export type Suspension = 'user' | 'no-data' | 'fencing' | 'quorum'

export interface DrbdPeer {
  /** DRBD 8.4 has one peer and does not name it. */
  readonly name: string | undefined
  /** As in DRBD 8.4: the state of the connection and, once it is established, of the replication. */
  readonly connection: string
  readonly role: string
  readonly disk: string
  readonly isClient: boolean
  /** Of a resync or verification. */
  readonly percentDone: number | undefined
  /** What this side has and the peer does not, as far as this side knows; undefined when DRBD does not report it. */
  readonly outOfSyncBytes: number | undefined
}

/** A resource without a volume: a start or stop was interrupted. */
export interface DrbdLeftover {
  readonly leftover: string
}

/** The status that DRBD shows of a resource that is up, in an unknown form. */
export interface DrbdUnreadable {
  readonly unreadable: string
}

/** What DRBD shows of a resource; undefined when it is not up. */
export type FoundDrbd = DrbdStatus | DrbdLeftover | DrbdUnreadable | undefined

/** Whether the connection to the peer is established, resyncing or not. */
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

/** Whether this side tries to connect to a peer that does not answer. */
export function isWaitingForPeer({ connection }: { readonly connection: string }): boolean {
  return ['WFConnection', 'Connecting'].includes(connection)
}

/** Whether every side is connected and UpToDate; a side that is intentionally diskless needs no data. */
export function isFullySynced({ disk, isClient, peers }: DrbdStatus): boolean {
  const isGood = (side: Pick<DrbdPeer, 'disk' | 'isClient'>) =>
    side.disk === 'UpToDate' || (side.isClient && side.disk === 'Diskless')
  return isGood({ disk, isClient }) && peers.length > 0 && peers.every(peer => isConnected(peer) && isGood(peer))
}

/** Whether the local disk is being attached, so that the state of its data is not known yet. */
export function isAttaching({ disk }: DrbdStatus): boolean {
  return ['Attaching', 'Negotiating'].includes(disk)
}

/**
 * Whether a connection is being established or torn down; a hung peer can prolong that. DRBD 9 shows a side that establishes one as
 * waiting for the peer.
 */
export function isInHandshake({ peers }: DrbdStatus): boolean {
  return peers.some(({ connection }) => ['WFReportParams', 'TearDown'].includes(connection))
}

/** Whether a peer with up-to-date data is connected. */
export function hasUpToDatePeer({ peers }: DrbdStatus): boolean {
  return peers.some(peer => isConnected(peer) && peer.disk === 'UpToDate')
}

/** Why I/O is suspended; where DRBD does not report the reason, the likely one. */
export function suspensionOf(status: DrbdStatus): Suspension | undefined {
  const { suspended, disk, peers } = status
  if (suspended !== 'unknown') return suspended
  if (disk !== 'UpToDate' && !hasUpToDatePeer(status)) return 'no-data'
  return peers.some(isConnected) ? 'user' : 'fencing'
}
