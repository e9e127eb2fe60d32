import { vserverNames } from '../../cib/read/vservers.ts'
import type { Cloud } from '../../cloud.ts'
import { constraintIds, vserverConstraintIds } from '../../ids.ts'
import { child, descendants } from '../../xml.ts'
import type { Obstacle } from '../obstacle.ts'
import type { Situation } from '../situation.ts'

const KINDS = ['rsc_colocation', 'rsc_order', 'rsc_ticket']

/** Constraints by hand that tie one of these resources to something else. Each may be what is in the way. */
export function ties({ cib, cluster }: Situation, cloud: Cloud, resources: readonly string[]): Obstacle[] {
  const ofVservers = vserverNames(cluster.vservers, cloud.name).map(vserverConstraintIds)
  const own = new Set<string>([constraintIds(cloud.name), ...ofVservers].flatMap(ids => Object.values(ids)))
  const constraints = child(child(cib, 'configuration'), 'constraints')?.children ?? []
  return constraints.flatMap(constraint => {
    const { id = '', rsc, 'with-rsc': other, first, then } = constraint.attributes
    const inSets = descendants(constraint, 'resource_ref').map(({ attributes }) => attributes.id)
    const tied = [rsc, other, first, then, ...inSets].find(name => name !== undefined && resources.includes(name))
    if (!KINDS.includes(constraint.name) || own.has(id) || tied === undefined) return []
    const todo = `if nobody needs it: cibadmin --delete --xpath "//${constraint.name}[@id='${id}']"`
    return [{ what: `the constraint ${id} ties ${tied} to something else`, todo, concerns: 'cloud' as const }]
  })
}
