import type { Placement } from '../../../cloud/allocate/node-load.ts'
import { type Candidate, createPlacer, type PlacementRequest } from '../../../cloud/allocate/placement.ts'

/** A placement for each request, in their order. */
export function place(
  requests: readonly PlacementRequest[],
  nodes: readonly Candidate[],
  present: readonly Placement[] = [],
): Placement[] {
  const placer = createPlacer(present)
  return requests.map(request => placer(request, nodes))
}
