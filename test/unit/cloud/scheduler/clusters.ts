import type { Cloud } from '../../../../cloud/cloud.ts'
import { resourceIds } from '../../../../cloud/ids.ts'
import { c0 } from '../examples.ts'
import { place } from '../placements.ts'
import { type LAYERS, type Model, type ModelNode, newCluster, type Place, type Role } from './model.ts'

/** `node1` to `nodeN`. */
export function nodeNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `node${index + 1}`)
}

/** That many clouds, c0 and so on, placed on these nodes by the composer's placement. */
export function placedClouds(count: number, nodes: readonly ModelNode[]): Cloud[] {
  const requests = Array.from({ length: count }, (_, index) => ({
    name: `c${index}`,
    sizeBytes: 2 ** 30,
    volumeGroup: c0.volumeGroup,
    storageNodes: undefined,
    preferredVhosts: undefined,
  }))
  const candidates = nodes.map(({ name, isStorage, isVhost }) => ({
    name,
    roles: [...(isStorage ? (['storage'] as const) : []), ...(isVhost ? (['vhost'] as const) : [])],
    freeBytes: undefined,
  }))
  return place(requests, candidates).map((placement, index) => cloudOf(index, placement))
}

/** One of many clouds, all values derived from its number. */
export function cloudOf(index: number, placement: Pick<Cloud, 'storageNodes' | 'preferredVhosts'>): Cloud {
  const address = `10.77.${1 + Math.floor(index / 200)}.${1 + (index % 200)}`
  const name = `c${index}`
  return {
    ...c0,
    ...placement,
    name,
    minor: index,
    address,
    iqn: c0.iqn.replace('c0', name),
    directory: `/srv/${name}`,
  }
}

/** The cluster with all clouds running on their preferred nodes. */
export function inFullOperation(model: Model): Model {
  const running = model.clouds.flatMap((cloud): [Place, Role][] => {
    const ids = resourceIds(cloud.name)
    const [first, second] = cloud.storageNodes
    const vhost = cloud.preferredVhosts[0] ?? second
    const at = (layer: (typeof LAYERS)[number], node: string, role: Role = 'Started'): [Place, Role] => [
      `${ids[layer]}@${node}`,
      role,
    ]
    return [
      at('lvm', first),
      at('lvm', second),
      at('drbd', first, 'Promoted'),
      at('drbd', second, 'Unpromoted'),
      at('target', first),
      at('address', first),
      at('session', vhost),
      at('filesystem', vhost),
    ]
  })
  return { ...model, running: new Map(running) }
}

const withSpares = (active: number, spares: number): Model => {
  const names = nodeNames(active + spares)
  const cluster = newCluster(Object.fromEntries(names.map(name => [name, 'sv'])), [])
  const clouds = placedClouds(active, cluster.nodes.slice(0, active))
  // without a second preferred vhost, Pacemaker chooses one by itself
  return { ...cluster, clouds: clouds.map(cloud => ({ ...cloud, preferredVhosts: cloud.preferredVhosts.slice(0, 1) })) }
}

/** c0 exported by node1 and mounted on node2. */
export const pair: Model = newCluster({ node1: 'sv', node2: 'sv' }, [
  cloudOf(0, { storageNodes: ['node1', 'node2'], preferredVhosts: ['node2'] }),
])

/** The same, and c1, which node2 both exports and mounts. */
export const shared: Model = newCluster({ node1: 'sv', node2: 'sv' }, [
  ...pair.clouds,
  cloudOf(1, { storageNodes: ['node2', 'node1'], preferredVhosts: ['node2'] }),
])

/** Storage nodes that mount nothing, and vhosts without data. */
export const apart: Model = newCluster({ node1: 's', node2: 's', node3: 's', node4: 'v', node5: 'v' }, [
  cloudOf(0, { storageNodes: ['node1', 'node2'], preferredVhosts: ['node4'] }),
  cloudOf(1, { storageNodes: ['node2', 'node3'], preferredVhosts: ['node5'] }),
])

/** Three nodes with a cloud each, and an empty spare. */
export const threePlusOne: Model = withSpares(3, 1)

/** Five nodes with a cloud each, and two spares. */
export const fivePlusTwo: Model = withSpares(5, 2)

/** Sixteen nodes with both roles and a cloud each. */
export const sixteen: Model = withSpares(16, 0)
