import { nodeLoad, type Placement } from './node-load.ts'
import type { Candidate } from './placement.ts'

/** A cloud that is to get another storage node, and what the new one must have room for. */
export interface Replacement {
  readonly cloud: Placement & { readonly name: string; readonly volumeGroup: string }
  readonly lost: string
  readonly sizeBytes: number
}

/**
 * The storage node that can take the place of `lost`: of those with room the one with the least to do, and with the fewest
 * clouds that it already shares with the node that stays.
 * @throws RangeError when there is none.
 */
export function spareFor(
  { cloud, lost, sizeBytes }: Replacement,
  nodes: readonly Candidate[],
  clouds: readonly Placement[],
): string {
  const stays = otherOf(cloud, lost)
  const load = nodeLoad(clouds)
  const hasRoom = ({ freeBytes }: Candidate) =>
    freeBytes === undefined || (freeBytes[cloud.volumeGroup] ?? 0) >= sizeBytes
  const spares = nodes.filter(node => node.roles.includes('storage') && !cloud.storageNodes.includes(node.name))
  const cost = ({ name }: Candidate) => load.replicas(name) + load.shared(name, stays)
  const [best] = spares.filter(hasRoom).sort((one, other) => cost(one) - cost(other))
  if (best) return best.name
  const names = spares.map(({ name }) => name).join(', ')
  throw new RangeError(
    `${cloud.name}: ${names ? `none of ${names} has room for it in volume group ${cloud.volumeGroup}` : 'no other node has the role storage'}`,
  )
}

/**
 * The cloud with its data on `spare` instead of on `lost`. The node that stays becomes the preferred one, because it has the
 * data: so nothing moves. Preferred vhosts stay as they are.
 * @throws RangeError when `lost` has no data of the cloud, or `spare` has.
 */
export function replaceStorageNode<C extends Placement & { readonly name: string }>(
  cloud: C,
  lost: string,
  spare: string,
): C {
  const stays = otherOf(cloud, lost)
  if (spare === stays || spare === lost)
    throw new RangeError(`${cloud.name}: ${spare} is one of its storage nodes already`)
  return { ...cloud, storageNodes: [stays, spare] }
}

function otherOf({ name, storageNodes: [first, second] }: Placement & { readonly name: string }, lost: string): string {
  if (lost === first) return second
  if (lost === second) return first
  throw new RangeError(`${name}: ${lost} is none of its storage nodes, which are ${first} and ${second}`)
}
