import { locationsOf } from '../../cib/elements.ts'
import { isBan } from '../../cib/score.ts'
import type { Cloud } from '../../cloud.ts'
import { constraintIds, replacementLocationId, vhostPreferenceId } from '../../ids.ts'
import { child, type Element } from '../../xml.ts'
import type { Obstacle } from '../obstacle.ts'
import type { Situation } from '../situation.ts'
import { isTrueOn } from './rule.ts'

/** What the ids of the constraints begin with that crm_resource makes, and that its --clear removes. */
const MADE_BY_CRM_RESOURCE = /^cli-(ban|prefer|standby)-/

/** Location constraints that ban one of these resources from a node, without those that belong to the cloud. */
export function bans(
  { cib, cluster, fences }: Situation,
  { cloud, node, resources }: { readonly cloud: Cloud; readonly node: string; readonly resources: readonly string[] },
): Obstacle[] {
  const { attributes = {} } = cluster.nodes.find(({ name }) => name === node) ?? {}
  const own = ownConstraints(cloud)
  const constraints = child(child(cib, 'configuration'), 'constraints')
  // one without rsc has a pattern or sets
  const found = [...resources, ''].flatMap(resource => locationsOf(constraints, resource))
  return found.flatMap(constraint => {
    const { id = '' } = constraint.attributes
    const subject = resourcesOf(constraint).find(resource => resource === PATTERN || resources.includes(resource))
    const isRelevant = subject !== undefined && !own.has(id)
    if (!isRelevant || !mayBan(constraint, { name: node, attributes })) return []
    const resource = subject === PATTERN ? 'the resources of its pattern' : subject
    return [obstacle({ id, resource, node, cloud: cloud.name }, fences.has(id))]
  })
}

/** In place of a pattern, which is not interpreted. */
const PATTERN = ''

/** The resources that a constraint is about. */
function resourcesOf({ attributes: { rsc, 'rsc-pattern': pattern }, children }: Element): string[] {
  const sets = children.filter(({ name }) => name === 'resource_set')
  const inSets = sets.flatMap(set => set.children.map(({ attributes }) => attributes.id ?? ''))
  return [...(rsc === undefined ? [] : [rsc]), ...(pattern === undefined ? [] : [PATTERN]), ...inSets]
}

function mayBan(
  { attributes, children }: Element,
  node: { readonly name: string; readonly attributes: Readonly<Record<string, string>> },
): boolean {
  const rules = children.filter(({ name }) => name === 'rule')
  if (rules.length === 0) return attributes.node === node.name && isBan(attributes.score ?? '')
  return rules.some(rule => isBan(rule.attributes.score ?? '') && isTrueOn(rule, node) !== false)
}

interface Ban {
  readonly id: string
  readonly resource: string
  readonly node: string
  readonly cloud: string
}

function obstacle({ id, resource, node, cloud }: Ban, isOfDrbd: boolean): Obstacle {
  if (isOfDrbd) {
    const what = `DRBD's fence constraint ${id} keeps the old data of ${node} from being promoted`
    return { what, todo: `vhacs storage --unfail ${cloud}`, concerns: 'replication' }
  }
  if (id === replacementLocationId(cloud)) {
    const what = `the side on ${node} is kept down, because the replacement of a side was begun (${id})`
    return { what, todo: 'finish it; "vhacs cluster --check" shows the command', concerns: 'cloud' }
  }
  const todo = MADE_BY_CRM_RESOURCE.test(id)
    ? `crm_resource --clear -r ${resource} -N ${node}`
    : `cibadmin --delete --xpath "//rsc_location[@id='${id}']"`
  return { what: `the constraint ${id} bans ${resource} from ${node}`, todo, concerns: 'cloud' }
}

/** Those of the composer. */
function ownConstraints({ name, preferredVhosts }: Cloud): ReadonlySet<string> {
  const preferences = preferredVhosts.map((_, index) => vhostPreferenceId(name, index + 1))
  return new Set<string>([...Object.values(constraintIds(name)), ...preferences])
}
