import { minorOwners } from '../../../system/drbd/minors.ts'
import { isUnreadable, type ProcDrbd, procDrbd, showsState } from '../../../system/drbd/proc-drbd.ts'
import { allStatusesOfNine } from '../../../system/drbd/read-status.ts'
import { isSplit, markedPeers } from '../../../system/drbd/split-brain-marker.ts'
import { CONNECTION_STATES, DISK_STATES } from '../../../system/drbd/states.ts'
import { type DrbdPeer, type DrbdStatus, isConnected } from '../../../system/drbd/status.ts'
import { readLine } from '../../../system/files.ts'
import type { System } from '../../../system/system.ts'
import { type Sample, sample } from '../definitions.ts'
import { type Node, type SamplesOf, TOOL_SECONDS } from './part.ts'

const SECTOR_BYTES = 512

/**
 * The sides of storages that are up on this node: with DRBD 8.4 from /proc/drbd, with DRBD 9, which shows no state in any file, by one
 * process for all of them.
 */
export const drbdSamples: SamplesOf = async node => {
  const proc = procDrbd(node.system)
  if (proc === undefined) return []
  const module = () => [sample('drbd_module_info', 1, { version: proc.version.text })]
  const sides = showsState(proc) ? sidesIn(node, proc) : await sidesOfNine(node).catch(asUnreadable)
  return [module, ...sides.map(side => () => samplesOf(node.system, side))]
}

/** A resource on this node. */
interface Side {
  readonly storage: string
  /** @throws Error if it cannot be read; undefined if it is not up. */
  readonly read: () => DrbdStatus | undefined
}

/** Leaves the rest of the part as it is. */
function asUnreadable(error: unknown): Side[] {
  const read = () => {
    throw error
  }
  return [{ storage: '', read }]
}

/**
 * The kernel's names of the minors count; where debugfs does not show one, that in the CIB does. Without a CIB, every resource that the
 * kernel names counts as a storage.
 */
function sidesIn({ system, host, clouds }: Node, { minors }: ProcDrbd): Side[] {
  const owners = minorOwners(system)
  const byOwner = new Map([...owners].map(([minor, owner]) => [owner, minor]))
  const own = clouds?.filter(({ storageNodes }) => storageNodes.includes(host))
  const named = own?.map(({ name, minor, storageNodes }) => ({
    storage: name,
    minor: byOwner.get(name) ?? (owners.has(minor) ? undefined : minor),
    // DRBD 8.4 has one peer, and does not name it
    peer: storageNodes.find(other => other !== host),
  }))
  const found = named ?? [...byOwner].map(([storage, minor]) => ({ storage, minor, peer: undefined }))
  return found.map(({ storage, minor = -1, peer }) => ({
    storage,
    read: () => {
      const state = minors.get(minor)
      if (isUnreadable(state)) throw new Error(state.unreadable)
      // it has neither disk nor connection
      if (state === undefined || state === 'unconfigured') return undefined
      return { minor, ...state, peers: state.peers.map(one => ({ ...one, name: peer })) }
    },
  }))
}

/** DRBD 9 names resources and peers. Without a CIB, every resource counts as a storage. */
async function sidesOfNine({ system, host, clouds }: Node): Promise<Side[]> {
  const all = await allStatusesOfNine(system, { timeoutSeconds: TOOL_SECONDS })
  const own = clouds?.filter(({ storageNodes }) => storageNodes.includes(host)).map(({ name }) => name)
  return (own ?? [...all.keys()]).map(storage => ({
    storage,
    read: () => {
      const found = all.get(storage)
      if (found !== undefined && 'unreadable' in found) throw new Error(found.unreadable)
      return found === undefined || 'leftover' in found ? undefined : found
    },
  }))
}

function samplesOf(system: System, { storage, read }: Side): Sample[] {
  const status = read()
  if (status === undefined) return []
  const { minor, role, disk, suspended, hasQuorum, peers } = status
  const isApart = isSplit(markedPeers(system, storage), status)
  const sectors = readLine(system, `/sys/block/drbd${minor}/size`)
  return [
    sample('drbd_role', 1, { storage, role }),
    sample('drbd_disk_state', 1, { storage, state: knownState(disk, DISK_STATES) }),
    sample('drbd_up_to_date', disk === 'UpToDate', { storage }),
    sample('drbd_io_suspended', suspended !== undefined, { storage }),
    sample('drbd_has_quorum', hasQuorum, { storage }),
    sample('drbd_split_brain', isApart, { storage }),
    ...(sectors === undefined ? [] : [sample('drbd_size_bytes', Number(sectors) * SECTOR_BYTES, { storage })]),
    ...peers.flatMap(peer => peerSamples(storage, peer)),
  ]
}

function peerSamples(storage: string, found: DrbdPeer): Sample[] {
  const { name: peer = '', connection, role, disk, outOfSyncBytes, percentDone } = found
  return [
    sample('drbd_peer_role', 1, { storage, peer, role }),
    sample('drbd_connection_state', 1, { storage, peer, state: knownState(connection, CONNECTION_STATES) }),
    sample('drbd_connected', isConnected(found), { storage, peer }),
    sample('drbd_peer_disk_state', 1, { storage, peer, state: knownState(disk, DISK_STATES) }),
    ...(outOfSyncBytes === undefined ? [] : [sample('drbd_out_of_sync_bytes', outOfSyncBytes, { storage, peer })]),
    ...(percentDone === undefined ? [] : [sample('drbd_resync_ratio', percentDone / 100, { storage, peer })]),
  ]
}

/** Labels have a bounded number of values, whatever the kernel prints. */
function knownState(state: string, known: ReadonlySet<string>): string {
  return known.has(state) ? state : 'other'
}
