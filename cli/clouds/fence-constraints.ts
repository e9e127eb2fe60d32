import { resourceIds } from '../../cloud/ids.ts'
import { fenceConstraints } from '../../system/drbd/fence-constraint.ts'

/** A constraint by which DRBD has told Pacemaker that only one node's data of a cloud may be promoted. */
export interface CloudFence {
  readonly id: string
  /** The node whose data are good. */
  readonly goodNode: string
}

/** The fence constraints on a cloud, in the text of a CIB. */
export function fencesOn(cloud: string, cib: string): CloudFence[] {
  const { drbdClone } = resourceIds(cloud)
  return fenceConstraints(cib)
    .filter(({ clone }) => clone === drbdClone)
    .map(({ id, allowed: [goodNode = ''] }) => ({ id, goodNode }))
}
