import { nodeLoad, type Placement } from './node-load.ts'
import { sharesOf } from './placement.ts'
import { type Candidate, isSuitable, roomOn, roomText } from './room.ts'

/** A side to be placed beside those that stay. */
export interface SideRequest extends Placement {
  readonly name: string
  readonly sizeBytes: number
  readonly volumeGroup: string
  /** The node that it leaves. */
  readonly leaves: string
}

/** Places one side; the free space of the nodes is that before the first one. */
type SidePlacer = (request: SideRequest, nodes: readonly Candidate[]) => string

/**
 * Places sides one after the other, where new clouds would get them: by free space and by the number of sides, apart from clouds that share
 * the staying nodes. The placer throws a RangeError that names each node and why it cannot take the side.
 */
export function createSidePlacer(existing: readonly Placement[]): SidePlacer {
  const load = nodeLoad(existing)
  const allocatedBytes = new Map<string, number>()
  return (request, nodes) => {
    const { name, volumeGroup, storageNodes, leaves } = request
    const key = (node: string) => `${node} ${volumeGroup}`
    const wanted = { ...request, storageNodes: undefined, preferredVhosts: undefined }
    const rooms = nodes
      .filter(node => !storageNodes.includes(node.name))
      .map(node => roomOn(node, wanted, allocatedBytes.get(key(node.name)) ?? 0))
    const candidates = rooms.filter(isSuitable)
    const share = sharesOf(candidates)
    const stays = storageNodes.filter(node => node !== leaves)
    const costOf = (room: (typeof rooms)[number]) => {
      const shared = stays.reduce((sum, node) => sum + load.shared(room.name, node), 0)
      return (load.replicas(room.name) + 1) / share(room) + shared
    }
    const [best] = candidates.toSorted((one, other) => costOf(one) - costOf(other))
    if (best === undefined) {
      const reasons = rooms.map(roomText).join(', ') || 'all nodes have a side already'
      throw new RangeError(`no node can take the side of ${name} on ${leaves}: ${reasons}`)
    }
    const [first, ...others] = stays
    if (first !== undefined) load.add({ ...request, storageNodes: [first, best.name, ...others] })
    allocatedBytes.set(key(best.name), (allocatedBytes.get(key(best.name)) ?? 0) + best.volumeBytes)
    return best.name
  }
}
