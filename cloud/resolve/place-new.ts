import type { Placement } from '../allocate/node-load.ts'
import { createPlacer } from '../allocate/placement.ts'
import type { WantedCloud } from '../configuration.ts'
import type { KnownNode, ResolveContext } from './context.ts'

/** Places new clouds one after the other, taking into account those before. */
interface NewCloudPlacer {
  /** @throws RangeError when fewer than two nodes have room. */
  place(wanted: WantedCloud, volumeGroup: string): Placement
}

export function newCloudPlacer({ cluster }: ResolveContext, nodes: readonly KnownNode[]): NewCloudPlacer {
  const placeNext = createPlacer(cluster.clouds)
  return {
    place: ({ name, storageNodes, storageOrder, preferredVhosts, sizeBytes = 0 }, volumeGroup) => {
      // a node that is down can be named, but is not chosen
      const candidates = nodes.filter(node => node.isOnline || storageNodes?.includes(node.name))
      return placeNext({ name, sizeBytes, volumeGroup, storageNodes, storageOrder, preferredVhosts }, candidates)
    },
  }
}
