import { type DrbdPeer, type DrbdStatus, isConnected } from './status.ts'

/** The states of a disk, the worst first. */
const DISKS = [
  'Diskless',
  'Failed',
  'Detaching',
  'Attaching',
  'Negotiating',
  'Inconsistent',
  'Outdated',
  'DUnknown',
  'Consistent',
  'UpToDate',
]

/**
 * The status of a resource with several volumes: the worst state of each kind counts, because users of the resource use all its
 * volumes. It is primary if one of them is.
 */
export function mergeVolumes(first: DrbdStatus, others: readonly DrbdStatus[]): DrbdStatus {
  if (others.length === 0) return first
  const all = [first, ...others]
  const { disk, isClient } = worstDisk(all)
  return {
    minor: first.minor,
    furtherMinors: others.map(({ minor }) => minor),
    role: all.find(({ role }) => role === 'Primary')?.role ?? first.role,
    disk,
    isClient,
    hasQuorum: all.every(({ hasQuorum }) => hasQuorum),
    ...(all.some(({ failsIo }) => failsIo) && { failsIo: true }),
    ...(first.isChangedByName && { isChangedByName: true }),
    suspended: all.find(({ suspended }) => suspended !== undefined)?.suspended,
    peers: first.peers.map((peer, index) =>
      mergePeers(
        peer,
        others.flatMap(({ peers }) => peers[index] ?? []),
      ),
    ),
  }
}

function mergePeers(first: DrbdPeer, others: readonly DrbdPeer[]): DrbdPeer {
  const all = [first, ...others]
  const connected = all.find(peer => isConnected(peer) && peer.connection !== 'Connected') ?? first
  const percents = all.flatMap(({ percentDone }) => percentDone ?? [])
  const bytes = all.flatMap(({ outOfSyncBytes }) => outOfSyncBytes ?? [])
  return {
    ...(all.find(peer => !isConnected(peer)) ?? connected),
    ...worstDisk(all),
    percentDone: percents.length === 0 ? undefined : Math.min(...percents),
    outOfSyncBytes: bytes.length === 0 ? undefined : bytes.reduce((sum, part) => sum + part, 0),
  }
}

function worstDisk(sides: readonly Disk[]): Disk {
  // an intentionally diskless side is complete
  const rank = ({ disk, isClient }: Disk) => (isClient && disk === 'Diskless' ? DISKS.length : DISKS.indexOf(disk))
  const worst = sides.toSorted((one, other) => rank(one) - rank(other))[0]
  return { disk: worst?.disk ?? '', isClient: worst?.isClient ?? false }
}

type Disk = Pick<DrbdPeer, 'disk' | 'isClient'>
