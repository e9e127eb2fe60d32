import type { Json } from '../../system/json.ts'
import { listIn, numberIn, objectOf, objectsIn, parseJson, textIn } from '../../system/nodes/json.ts'
import { script } from '../../system/nodes/script.ts'
import { numberOf, on } from './lab.ts'

/** Where the parts of a storage are, and what they are called. */
export interface Placed {
  readonly name: string
  readonly exporter: number
  readonly mounter: number
  /** The nodes that hold its data. */
  readonly sides: readonly number[]
  readonly minor: number
  readonly iqn: string
  /** Of its portal, without the port. */
  readonly address: string
  readonly directory: string
}

/** The node that holds the other copy of what is exported. */
export function otherSide({ sides, exporter, name }: Placed): number {
  const other = sides.find(node => node !== exporter)
  if (other === undefined) throw new RangeError(`${name} has no second side`)
  return other
}

/** Where a container runs. */
export interface PlacedContainer {
  readonly name: string
  readonly storage: string
  readonly node: number
  /** The root of its file system. */
  readonly directory: string
}

export interface Layout {
  readonly nodes: readonly number[]
  readonly storages: readonly Placed[]
  readonly containers: readonly PlacedContainer[]
}

/** Everything about all storages, which `parseStorages` reads. */
export const INFO = script`vhacs storage --info ALL --json`

/** All containers, which `parseContainers` reads. */
export const VSERVERS = script`vhacs vserver --list --json`

/** @throws Error if a storage is not exported and mounted, or a container does not run. */
export async function readLayout(nodes: readonly number[], asked = nodes[0] ?? 1): Promise<Layout> {
  const [storages, vservers] = await Promise.all([on(asked, INFO), on(asked, VSERVERS)])
  return { nodes, storages: parseStorages(storages), containers: parseContainers(vservers) }
}

/** @throws RangeError if the text is not what `storage --info --json` prints of storages that are exported and mounted. */
export function parseStorages(text: string): Placed[] {
  return objectsIn(objectOf(parseJson(text)).storages, 'storages').map(placed)
}

function placed(storage: Json): Placed {
  return {
    name: textIn(storage, 'name'),
    exporter: nodeIn(storage, 'target'),
    mounter: nodeIn(storage, 'mount'),
    sides: listIn(storage, 'sides').map(side => numberOf(textIn(side, 'node'))),
    minor: minorOf(textIn(storage, 'device')),
    iqn: textIn(storage, 'iqn'),
    address: textIn(storage, 'address'),
    directory: textIn(storage, 'directory'),
  }
}

/** @throws RangeError if the text is not what `vserver --list --json` prints of containers that run. */
export function parseContainers(text: string): PlacedContainer[] {
  return objectsIn(objectOf(parseJson(text)).vservers, 'vservers').map(vserver => ({
    name: textIn(vserver, 'name'),
    storage: textIn(vserver, 'storage'),
    node: nodeIn(vserver, 'container'),
    directory: textIn(vserver, 'directory'),
  }))
}

function nodeIn(storage: Json, part: string): number {
  return numberOf(textIn(objectOf(storage[part]), 'node'))
}

function minorOf(device: string): number {
  return numberIn({ device: device.replace('/dev/drbd', '') }, 'device')
}
