import type { Cloud } from '../../../cloud/cloud.ts'
import { isLvm, isSuspended, mapName, mappedName } from '../../../system/block/lvm.ts'
import { notedSnapshots } from '../../../system/block/noted-snapshots.ts'
import { listNames, readLine } from '../../../system/files.ts'
import type { System } from '../../../system/system.ts'
import { type Sample, sample } from '../definitions.ts'
import type { SamplesOf } from './part.ts'

const SECTOR_BYTES = 512

/** The logical volumes of the storages whose data this node holds, from device-mapper in sysfs, and their snapshots, as they were last watched. */
export const volumeSamples: SamplesOf = ({ system, host, clouds = [] }) => {
  // once for all storages: a search of sysfs for each would be quadratic
  const devices = new Map(
    listNames(system, '/sys/block')
      .filter(device => device.startsWith('dm-'))
      .map(device => [mappedName(system, device), device]),
  )
  const own = clouds.filter(({ storageNodes }) => storageNodes.includes(host))
  return [
    ...own.map(cloud => () => samplesOf(system, cloud, devices.get(mapName(cloud.volumeGroup, cloud.name)))),
    () => snapshotSamples(system, own),
  ]
}

function samplesOf(system: System, { name: storage }: Cloud, device: string | undefined): Sample[] {
  if (device === undefined || !isLvm(system, device)) return [sample('volume_active', false, { storage })]
  const sectors = Number(readLine(system, `/sys/block/${device}/size`) ?? Number.NaN)
  return [
    sample('volume_active', true, { storage }),
    sample('volume_suspended', isSuspended(system, device), { storage }),
    sample('volume_size_bytes', sectors * SECTOR_BYTES, { storage }),
  ]
}

/** None where there was no snapshot since the node started. */
function snapshotSamples(system: System, own: readonly Cloud[]): Sample[] {
  const note = notedSnapshots(system)
  if (note === undefined) return []
  const snapshots = note.snapshots.filter(({ storage }) => own.some(({ name }) => name === storage))
  return [
    ...snapshots.map(({ storage, name, usedRatio }) =>
      sample('snapshot_used_ratio', usedRatio, { storage, snapshot: name }),
    ),
    sample('snapshot_watch_timestamp_seconds', note.at / 1000, {}),
  ]
}
