import type { Placement } from '../../../cloud/allocate/node-load.ts'
import { createPlacer } from '../../../cloud/allocate/placement.ts'
import type { Candidate, PlacementRequest } from '../../../cloud/allocate/room.ts'

/** A placement for each request, in their order. */
export function place(
  requests: readonly PlacementRequest[],
  nodes: readonly Candidate[],
  present: readonly Placement[] = [],
): Placement[] {
  const placer = createPlacer(present)
  return requests.map(request => placer(request, nodes))
}
