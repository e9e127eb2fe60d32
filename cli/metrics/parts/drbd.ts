import { minorOwners } from '../../../system/drbd/minors.ts'
import { isUnreadable, type ProcDrbd, type ProcMinor, procDrbd } from '../../../system/drbd/proc-drbd.ts'
import { splitBrainMarker } from '../../../system/drbd/split-brain-marker.ts'
import { CONNECTION_STATES, DISK_STATES } from '../../../system/drbd/states.ts'
import { isConnected } from '../../../system/drbd/status.ts'
import { exists, readLine } from '../../../system/files.ts'
import type { System } from '../../../system/system.ts'
import { type Sample, sample } from '../definitions.ts'
import type { Node, SamplesOf } from './part.ts'

const SECTOR_BYTES = 512

/**
 * The sides of storages that are up on this node, from /proc/drbd. DRBD 9 shows no state in any file, and no process is started for it:
 * only its version is known then.
 */
export const drbdSamples: SamplesOf = node => {
  const proc = procDrbd(node.system)
  if (proc === undefined) return []
  const module = () => [sample('drbd_module_info', 1, { version: proc.version.text })]
  const sides = sidesIn(node, proc).map(side => () => samplesOf(node.system, side))
  return [module, ...sides]
}

interface Side {
  readonly storage: string
  readonly minor: number
  readonly found: ProcMinor
}

/**
 * The kernel's names of the minors count; where debugfs does not show one, that in the CIB does. Without a CIB, every resource that the
 * kernel names counts as a storage.
 */
function sidesIn({ system, host, clouds }: Node, { minors }: ProcDrbd): Side[] {
  const owners = minorOwners(system)
  const byOwner = new Map([...owners].map(([minor, owner]) => [owner, minor]))
  const own = clouds?.filter(({ storageNodes }) => storageNodes.includes(host))
  const named = own?.map(
    ({ name, minor }) => [name, byOwner.get(name) ?? (owners.has(minor) ? undefined : minor)] as const,
  )
  return (named ?? [...byOwner]).flatMap(([storage, minor]) => {
    const found = minor === undefined ? undefined : minors.get(minor)
    return minor === undefined || found === undefined ? [] : [{ storage, minor, found }]
  })
}

/** None of a minor that has neither disk nor connection: the resource is not up. @throws Error for one of unknown form. */
function samplesOf(system: System, { storage, minor, found }: Side): Sample[] {
  if (isUnreadable(found)) throw new Error(found.unreadable)
  if (found === 'unconfigured') return []
  const { role, disk, suspended, peers } = found
  const hasMarker = exists(system, splitBrainMarker(storage))
  const sectors = readLine(system, `/sys/block/drbd${minor}/size`)
  return [
    sample('drbd_role', 1, { storage, role }),
    sample('drbd_disk_state', 1, { storage, state: knownState(disk, DISK_STATES) }),
    sample('drbd_up_to_date', disk === 'UpToDate', { storage }),
    sample('drbd_io_suspended', suspended !== undefined, { storage }),
    ...(sectors === undefined ? [] : [sample('drbd_size_bytes', Number(sectors) * SECTOR_BYTES, { storage })]),
    ...peers.flatMap(({ connection, role: peerRole, disk: peerDisk, outOfSyncBytes, percentDone }) => [
      sample('drbd_peer_role', 1, { storage, role: peerRole }),
      sample('drbd_connection_state', 1, { storage, state: knownState(connection, CONNECTION_STATES) }),
      sample('drbd_connected', isConnected({ connection }), { storage }),
      sample('drbd_peer_disk_state', 1, { storage, state: knownState(peerDisk, DISK_STATES) }),
      sample('drbd_split_brain', hasMarker && !isConnected({ connection }), { storage }),
      ...(outOfSyncBytes === undefined ? [] : [sample('drbd_out_of_sync_bytes', outOfSyncBytes, { storage })]),
      ...(percentDone === undefined ? [] : [sample('drbd_resync_ratio', percentDone / 100, { storage })]),
    ]),
  ]
}

/** Labels have a bounded number of values, whatever the kernel prints. */
function knownState(state: string, known: ReadonlySet<string>): string {
  return known.has(state) ? state : 'other'
}
