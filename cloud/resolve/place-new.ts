import type { Placement } from '../allocate/node-load.ts'
import { createPlacer } from '../allocate/placement.ts'
import type { WantedCloud } from '../configuration.ts'
import type { KnownNode, ResolveContext } from './context.ts'

/** Places new clouds one after the other, taking the earlier ones into account. */
interface NewCloudPlacer {
  /** @throws RangeError when too few nodes have room. */
  place(wanted: WantedCloud, volumeGroup: string): Placement
}

export function newCloudPlacer({ cluster }: ResolveContext, nodes: readonly KnownNode[]): NewCloudPlacer {
  const placeNext = createPlacer(cluster.clouds)
  return {
    place: ({ name, storageNodes, storageOrder, copies, preferredVhosts, sizeBytes = 0 }, volumeGroup) => {
      const candidates = nodes.map(node => (storageNodes?.includes(node.name) ? { ...node, isOnline: true } : node))
      const request = { name, sizeBytes, volumeGroup, storageNodes, storageOrder, copies, preferredVhosts }
      return placeNext(request, candidates)
    },
  }
}
