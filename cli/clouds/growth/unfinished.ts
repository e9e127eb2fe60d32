import type { Cloud } from '../../../cloud/cloud.ts'
import type { ActiveResource } from '../../../cloud/pacemaker/active-resources.ts'
import { partPlaces } from '../../../cloud/readiness/part.ts'
import { type ClientDisk, clientDisksOn } from '../../../system/nodes/disk/client-disk.ts'
import { coversVolume, drbdSizesOn } from '../../../system/nodes/disk/drbd-size.ts'
import { volumesOn } from '../../../system/nodes/storage-facts.ts'
import type { System } from '../../../system/system.ts'
import { ifAvailable } from '../../run/unavailable.ts'
import { isFilled } from './plan.ts'
import { roughSize } from './rough-size.ts'

/** A cloud whose layers do not all have the size of its largest volume. */
export interface UnfinishedGrowth {
  readonly cloud: string
  /** The size that its growth was begun for. */
  readonly sizeBytes: number
  /** What has not grown. */
  readonly what: string
}

/** A mount whose I/O waits is left out after so long. */
const READ_SECONDS = 15

/**
 * The clouds among these whose growth was broken off, found by the sizes of their layers: three queries of each node. What a node does not
 * tell is left out.
 */
export async function unfinishedGrowths(
  system: System,
  all: readonly Cloud[],
  active: readonly ActiveResource[],
): Promise<UnfinishedGrowth[]> {
  // with three sides, none is grown, and the size of DRBD's meta-data is another one
  const clouds = all.filter(({ storageNodes }) => storageNodes.length === 2)
  const sides = await nodeFacts(
    clouds.flatMap(({ storageNodes }) => storageNodes),
    async node => ({
      volumes: await ifAvailable(volumesOn(system, node)),
      drbd: await ifAvailable(drbdSizesOn(system, node)),
    }),
  )
  const mounts = clouds.flatMap(cloud => {
    const { mount: node } = partPlaces(cloud, active)
    return node === undefined ? [] : [{ node, directory: cloud.directory, name: cloud.name }]
  })
  const disks = await nodeFacts(
    mounts.map(({ node }) => node),
    async node => {
      const directories = mounts.flatMap(mount => (mount.node === node ? [mount.directory] : []))
      return ifAvailable(clientDisksOn(system, node, directories, READ_SECONDS))
    },
  )
  return clouds.flatMap(cloud => {
    const path = `${cloud.volumeGroup}/${cloud.name}`
    const mount = mounts.find(({ name }) => name === cloud.name)
    const found = lagging({
      nodes: cloud.storageNodes,
      volumes: cloud.storageNodes.flatMap(node => sides.get(node)?.volumes?.get(path)?.sizeBytes ?? []),
      drbd: cloud.storageNodes.flatMap(node => sides.get(node)?.drbd?.get(cloud.minor) ?? []),
      vhost: mount?.node,
      disk: mount && disks.get(mount.node)?.get(cloud.directory),
    })
    return found === undefined ? [] : [{ cloud: cloud.name, ...found }]
  })
}

async function nodeFacts<Facts>(nodes: readonly string[], query: (node: string) => Promise<Facts>) {
  const found = [...new Set(nodes)].map(async node => [node, await query(node)] as const)
  return new Map(await Promise.all(found))
}

/** The sizes of the layers of a cloud; the lists are in the order of its nodes, and shorter where one is not known. */
interface Layers {
  readonly nodes: readonly string[]
  readonly volumes: readonly number[]
  readonly drbd: readonly number[]
  readonly vhost: string | undefined
  readonly disk: ClientDisk | undefined
}

function lagging({ nodes, volumes, drbd, vhost, disk }: Layers): Omit<UnfinishedGrowth, 'cloud'> | undefined {
  // a side that is down has none, and grows when it is started
  const devices = drbd.filter(bytes => bytes > 0)
  if (volumes.length < 2 || devices.length < 2) return undefined
  const sizeBytes = Math.max(...volumes)
  const smallest = Math.min(...volumes)
  const texts = (sizes: readonly number[]) => sizes.map((size, index) => `${roughSize(size)} on ${nodes[index]}`)
  if (smallest < sizeBytes) return { sizeBytes, what: `its volume has ${texts(volumes).join(', and ')}` }
  if (devices.some(bytes => !coversVolume(bytes, smallest)))
    return { sizeBytes, what: `DRBD has ${texts(drbd).join(', and ')}, on volumes of ${roughSize(smallest)}` }
  const least = Math.min(...devices)
  if (disk === undefined) return undefined
  if (disk.sizeBytes < least)
    return { sizeBytes, what: `${vhost} uses ${roughSize(disk.sizeBytes)} of its ${roughSize(least)}` }
  if (isFilled(disk)) return undefined
  const has = roughSize(disk.filesystem?.sizeBytes ?? 0)
  return { sizeBytes, what: `its file system has ${has} of ${roughSize(disk.sizeBytes)}` }
}
