import type { Cloud } from '../cloud.ts'
import { constraintElements, resourceElements } from '../compose/cib-xml.ts'
import { compose } from '../compose/compose.ts'
import { destroyLocationId, isVhostPreferenceId, resourceIds, vserverIds } from '../ids.ts'
import { rehearsalAttribute, verificationAttribute } from '../node-attributes.ts'
import { child, type Element, element } from '../xml.ts'
import { childById, idOf, refersTo, refuseForeignMembers } from './elements.ts'
import {
  type Change,
  CONSTRAINTS,
  creations,
  deletions,
  NODES,
  patchText,
  pathOf,
  RESOURCES,
  roleChanges,
} from './patch.ts'
import { vserversOn } from './read/vservers.ts'

/** Adds a cloud; Pacemaker refuses the whole patch if one of its ids is taken. */
export function createPatch(cloud: Cloud): string {
  return patchText(cloudCreations(cloud))
}

export function cloudCreations(cloud: Cloud): Change[] {
  const composition = compose(cloud)
  return [
    ...creations(RESOURCES, resourceElements(composition)),
    ...creations(CONSTRAINTS, constraintElements(composition)),
  ]
}

/**
 * Removes everything that a CIB contains of the cloud `name`, complete or not, of the vservers on it, and every constraint on these,
 * including those of operators. Their resources must already be stopped: Pacemaker stops removed resources in no particular order.
 * @throws Error when something that does not belong to the cloud would be lost.
 */
export function destroyPatch(name: string, cib: Element): string {
  const configuration = child(cib, 'configuration')
  const { constraints } = partsOf(name, configuration)
  const vservers = configuration ? vserversOn(name, configuration) : []
  const ids: ReadonlySet<string> = new Set([resourceIds(name), ...vservers.map(vserverIds)].flatMap(Object.values))
  const resources = (child(configuration, 'resources')?.children ?? []).filter(resource => ids.has(idOf(resource)))
  for (const resource of resources) refuseForeignMembers(resource, ids)
  const related = constraints.filter(constraint => refersTo(constraint, ids))
  const records = recordDeletions(name, child(configuration, 'nodes'))
  return patchText([...deletions(CONSTRAINTS, related), ...deletions(RESOURCES, resources), ...records])
}

/** The results of its last rehearsal and verification are attributes of a node: a new cloud of the same name must not have them. */
function recordDeletions(name: string, nodes: Element | undefined): Change[] {
  const records = [rehearsalAttribute(name), verificationAttribute(name)]
  return (nodes?.children ?? []).flatMap(node =>
    node.children.flatMap(set => {
      const pairs = set.children.filter(({ attributes }) => records.includes(attributes.name ?? ''))
      return deletions(pathOf(pathOf(NODES, node), set), pairs)
    }),
  )
}

/** The top-level resources with a cloud's ids, and all constraints of the configuration. */
function partsOf(name: string, configuration: Element | undefined) {
  const ids: ReadonlySet<string> = new Set(Object.values(resourceIds(name)))
  return {
    resources: (child(configuration, 'resources')?.children ?? []).filter(({ attributes: { id = '' } }) => ids.has(id)),
    constraints: child(configuration, 'constraints')?.children ?? [],
  }
}

/**
 * Stops everything that a CIB contains of the cloud `name`, complete or not, and bans it from all nodes, so that it cannot start
 * while its data are destroyed. startPatch lifts the bans, destroyPatch removes everything.
 */
export function banPatch(name: string, cib: Element): string {
  const { resources, constraints } = partsOf(name, child(cib, 'configuration'))
  const present = new Set(constraints.map(({ attributes }) => attributes.id))
  const bans = resources.map(({ attributes: { id = '' } }) => banOn(id))
  return patchText([
    ...resources.flatMap(resource => roleChanges(resource, 'Stopped')),
    ...creations(
      CONSTRAINTS,
      bans.filter(({ attributes }) => !present.has(attributes.id)),
    ),
  ])
}

/** Every node has #uname, so the rule is true on all of them. */
function banOn(resource: string): Element {
  const id = destroyLocationId(resource)
  const everywhere = element('expression', { id: `${id}-rule-expression`, attribute: '#uname', operation: 'defined' })
  return element('rsc_location', { id, rsc: resource }, [
    element('rule', { id: `${id}-rule`, score: '-INFINITY' }, [everywhere]),
  ])
}

/** The bans of banPatch on the cloud `name` among a CIB's constraints. */
export function bansOn(name: string, constraints: Element | undefined): Element[] {
  if (constraints === undefined) return []
  return Object.values(resourceIds(name)).flatMap(id => childById(constraints, destroyLocationId(id)) ?? [])
}

/**
 * Stops these clouds in one change: Pacemaker then stops them from the mounts down.
 * @throws Error when a cloud is not complete in the CIB.
 */
export function stopPatch(names: string | readonly string[], cib: Element): string {
  const configuration = child(cib, 'configuration')
  const parts = [names].flat().flatMap(name => groupsAndClonesOf(name, configuration))
  return patchText(parts.flatMap(part => roleChanges(part, 'Stopped')))
}

/**
 * Starts these clouds again, after stopPatch, banPatch or a target role that an operator has set on a part of them.
 * @throws Error when a cloud is not complete in the CIB.
 */
export function startPatch(names: string | readonly string[], cib: Element): string {
  const configuration = child(cib, 'configuration')
  const changes = [names]
    .flat()
    .flatMap(name => [
      ...groupsAndClonesOf(name, configuration).flatMap(part => roleChanges(part, undefined)),
      ...deletions(CONSTRAINTS, bansOn(name, child(configuration, 'constraints'))),
    ])
  return patchText(changes)
}

/** The two groups and two clones of a cloud, each with meta attributes. */
function groupsAndClonesOf(name: string, configuration: Element | undefined): Element[] {
  const { resources } = partsOf(name, configuration)
  const { mountGroup, exportGroup, drbdClone, lvmClone } = resourceIds(name)
  return [mountGroup, exportGroup, drbdClone, lvmClone].map(id => {
    const resource = resources.find(({ attributes }) => attributes.id === id)
    if (resource === undefined || child(resource, 'meta_attributes') === undefined)
      throw new Error(`the CIB has no ${id} with meta attributes`)
    return resource
  })
}

/** Gives clouds these preferred vhosts, in this order, instead of the current ones. */
export function preferencePatch(clouds: readonly Cloud[], vhosts: readonly string[], cib: Element): string {
  return patchText(clouds.flatMap(cloud => preferenceChanges({ ...cloud, preferredVhosts: vhosts }, cib)))
}

/** The changes that give a cloud its preferred vhosts, whatever a CIB has of them. */
export function preferenceChanges(cloud: Cloud, cib: Element): Change[] {
  const present = child(child(cib, 'configuration'), 'constraints')?.children ?? []
  const isPreference = ({ attributes: { id = '' } }: Element) => isVhostPreferenceId(cloud.name, id)
  const wanted = constraintElements(compose(cloud)).filter(isPreference)
  return [...deletions(CONSTRAINTS, present.filter(isPreference)), ...creations(CONSTRAINTS, wanted)]
}
