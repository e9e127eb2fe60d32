import type { Cloud } from '../../cloud.ts'
import { resourceIds } from '../../ids.ts'
import { joinedNames } from '../../listed-names.ts'
import type { ActiveResource } from '../../pacemaker/active-resources.ts'
import type { Obstacle } from '../obstacle.ts'

/**
 * What keeps DRBD from promoting any of three sides without a node, although Pacemaker would have it promoted: fewer than a majority
 * would be up (docs/decisions/0095-three-sides.md). Two sides need none.
 */
export function majorityObstacles(
  { name, storageNodes }: Cloud,
  absent: string,
  active: readonly Pick<ActiveResource, 'id' | 'node'>[],
): Obstacle[] {
  const { drbd } = resourceIds(name)
  const up = storageNodes.filter(side => side !== absent && active.some(({ id, node }) => id === drbd && node === side))
  if (storageNodes.length === 2 || up.length * 2 > storageNodes.length) return []
  const left = up.length === 0 ? 'none' : `only ${joinedNames(up)}`
  const what = `DRBD promotes ${name} only with a majority of its ${storageNodes.length} sides, and without ${absent} ${left} would be up`
  return [{ what, todo: `vhacs storage --info ${name}`, concerns: 'replication' }]
}
