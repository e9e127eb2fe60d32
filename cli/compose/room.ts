import type { NodeFacts } from '../../cloud/resolve/context.ts'
import type { ResolvedCloud } from '../../cloud/resolve/resolve.ts'
import { valueAt } from '../../cloud/value-at.ts'
import type { WantedSize } from '../clouds/growth/jobs.ts'
import { type RoomNeed, roomProblems } from '../clouds/growth/plan.ts'
import type { FileReplacement } from './replacements.ts'

/** All changes of a file that need room. */
export interface RoomRequest {
  readonly clouds: readonly ResolvedCloud[]
  readonly replaced: readonly FileReplacement[]
  readonly grown: readonly WantedSize[]
  readonly facts: readonly NodeFacts[]
}

/**
 * Makes sure that there is room for sides that move together with all else that a file wants of the same volume groups. What the old sides
 * free is not counted: it is free only afterwards.
 * @throws RangeError
 */
export function refuseWithoutRoom(request: RoomRequest): void {
  const { replaced } = request
  if (replaced.length === 0) return
  const problems = roomProblems(request.clouds.flatMap(cloud => needsOf(cloud, request)))
  if (problems.length > 0) throw new RangeError(`${problems.join('; ')} (nothing was changed)`)
}

/** What a new cloud, or one that changes, needs on each node where it will be, in whole extents. */
function needsOf(resolved: ResolvedCloud, { replaced, grown, facts }: RoomRequest): RoomNeed[] {
  const { present, cloud, wanted, moved, isAdopted } = resolved
  const { name, volumeGroup } = cloud
  const groupOn = (node: string) =>
    facts.find(fact => fact.node === node)?.volumeGroups.find(group => group.name === volumeGroup)
  const sizeOn = (node: string) => valueAt(groupOn(node)?.volumes, name) ?? 0
  const growth = grown.find(one => one.cloud.name === name)
  if (present !== undefined && moved === undefined && growth === undefined) return []
  const leaves = replaced.find(one => one.name === name)?.from
  const nodes = (moved?.storageNodes ?? cloud.storageNodes).filter(node => node !== leaves)
  const size = growth?.sizeBytes ?? (present || isAdopted ? Math.max(...nodes.map(sizeOn)) : (wanted.sizeBytes ?? 0))
  return nodes.flatMap(node => {
    const group = groupOn(node)
    if (group === undefined) return []
    const { freeBytes, extentBytes } = group
    const wholeBytes = Math.ceil(size / extentBytes) * extentBytes
    return [{ place: `${volumeGroup} on ${node}`, freeBytes, neededBytes: Math.max(0, wholeBytes - sizeOn(node)) }]
  })
}
