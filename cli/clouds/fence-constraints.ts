import { resourceIds } from '../../cloud/ids.ts'
import { fenceConstraints } from '../../system/drbd/fence-constraint.ts'
import { deleteAt } from '../../system/pacemaker/cib/cib.ts'
import { fencePath } from '../../system/pacemaker/fence-path.ts'
import type { System } from '../../system/system.ts'

/** A constraint by which DRBD allows only the data of one node or, of three sides, of two, to be promoted. */
export interface CloudFence {
  readonly id: string
  /** The node that has placed it, whose data are good. */
  readonly goodNode: string
  /** All nodes whose data are good, this one first. */
  readonly goodNodes: readonly string[]
  /** Distinguishes it from a constraint that was placed later. */
  readonly mark: string
}

/** The fence constraints on a cloud, in the text of a CIB. */
export function fencesOn(cloud: string, cib: string): CloudFence[] {
  const { drbdClone } = resourceIds(cloud)
  return fenceConstraints(cib)
    .filter(({ clone }) => clone === drbdClone)
    .map(({ id, allowed, mark }) => ({ id, goodNode: allowed[0] ?? '', goodNodes: allowed, mark }))
}

/** Removes a constraint if it is the one that was seen. @throws ToolFailed */
export async function removeFence(system: System, fence: CloudFence): Promise<void> {
  await deleteAt(system, fencePath(fence))
}
