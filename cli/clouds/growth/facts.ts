import type { Cloud } from '../../../cloud/cloud.ts'
import type { ActiveResource } from '../../../cloud/pacemaker/active-resources.ts'
import { partPlaces } from '../../../cloud/readiness/part.ts'
import { type ClientDisk, clientDisksOn } from '../../../system/nodes/disk/client-disk.ts'
import { drbdSizesOn } from '../../../system/nodes/disk/drbd-size.ts'
import { type VolumeRoom, volumeRoom } from '../../../system/nodes/disk/volume-room.ts'
import { type System, ToolFailed } from '../../../system/system.ts'
import { messageOf } from '../../run/steps.ts'
import { type Replication, replicationOf, type UnknownReplication } from '../replication/replication.ts'

/** One side of a cloud. */
export interface Side {
  readonly node: string
  readonly volume: VolumeRoom
  /** The size of its DRBD device. */
  readonly drbdBytes: number
}

/** The sizes of all layers of a cloud that runs. */
export interface GrowthFacts {
  readonly cloud: Cloud
  readonly sides: readonly Side[]
  readonly replication: readonly (Replication | UnknownReplication)[]
  /** The node whose side is primary. */
  readonly exporter: string
  readonly vhost: string
  readonly disk: ClientDisk
}

/** How long the disk of a mount may take for a read. */
const READ_SECONDS = 60

/**
 * Asks both sides, or those on these nodes, and the vhost of a cloud.
 * @throws RangeError for a cloud with three sides, for one that does not run, or of which a size cannot be read.
 */
export async function growthFacts(
  system: System,
  cloud: Cloud,
  active: readonly ActiveResource[],
  nodes: readonly string[] = cloud.storageNodes,
): Promise<GrowthFacts> {
  if (cloud.storageNodes.length > 2)
    throw new RangeError(
      'it has three sides, and how DRBD 9 lays out its meta-data for several peers is not known to vhacs, which only grows storages with two',
    )
  const { exporter, vhost } = placesOf(cloud, active)
  try {
    const [sides, replication, disks] = await Promise.all([
      Promise.all(nodes.map(node => sideOn(system, node, cloud))),
      replicationOf(system, cloud, nodes),
      clientDisksOn(system, vhost, [cloud.directory], READ_SECONDS),
    ])
    const disk = disks.get(cloud.directory)
    if (disk === undefined) throw new RangeError(`${vhost} has no disk mounted at ${cloud.directory}`)
    return { cloud, sides, replication, exporter, vhost, disk }
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error
    throw new RangeError(`its sizes cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

async function sideOn(system: System, node: string, { name, volumeGroup, minor }: Cloud): Promise<Side> {
  const [volume, sizes] = await Promise.all([
    volumeRoom(system, node, `${volumeGroup}/${name}`),
    drbdSizesOn(system, node),
  ])
  const drbdBytes = sizes.get(minor) ?? 0
  if (drbdBytes === 0) throw new RangeError(`DRBD has no disk on ${node} (see "vhacs storage --info ${name}")`)
  return { node, volume, drbdBytes }
}

/** Where a cloud runs. @throws RangeError for one that does not run completely. */
function placesOf(cloud: Cloud, active: readonly ActiveResource[]) {
  const { name, state } = cloud
  if (state === 'standby')
    throw new RangeError(
      `it is in standby, and its file system grows only while it is mounted: start it with "vhacs storage --active ${name}"`,
    )
  const { export: exporter, mount: vhost } = partPlaces(cloud, active)
  if (exporter === undefined || vhost === undefined)
    throw new RangeError(`it does not run completely (see "vhacs storage --info ${name}")`)
  return { exporter, vhost }
}
