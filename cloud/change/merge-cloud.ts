import { canonicalConstraint } from '../cib/canonical-constraint.ts'
import { bansOn } from '../cib/cloud-patches.ts'
import { ESSENTIAL_META, isLaterConstraint, lacksLaterParameter } from '../cib/deviations.ts'
import { agentOf, childById, idOf, locationsOf, memberIds, type NvpairSet, nvpairs } from '../cib/elements.ts'
import { type Change, CONSTRAINTS, creations, deletions, pathOf, RESOURCES } from '../cib/patch.ts'
import { setNvpairs } from '../cib/set-nvpairs.ts'
import type { Cloud } from '../cloud.ts'
import { HIDDEN_SECRET } from '../compose/chap.ts'
import { constraintElements, resourceElements } from '../compose/cib-xml.ts'
import { compose } from '../compose/compose.ts'
import { isVhostPreferenceId, resourceIds } from '../ids.ts'
import { child, descendants, type Element } from '../xml.ts'

/*
 * The changes of a CIB that turn a cloud into another version: the differences between the two compositions, and missing elements.
 * Everything else that an operator has added or tuned is kept: constraints, attributes, operations, comments.
 */

/**
 * The changes that turn `before`, which a CIB's configuration contains, into `after`.
 * @throws RangeError when something else has the id of one of its resources.
 */
export function mergeCloud(configuration: Element, before: Cloud, after: Cloud): Change[] {
  const [old, wanted] = [compose(before), compose(after)]
  const oldResources = new Map(resourceElements(old).map(resource => [idOf(resource), resource]))
  return [
    ...resourceElements(wanted).flatMap(resource => {
      const previous = oldResources.get(idOf(resource)) ?? resource
      return mergeResource(child(configuration, 'resources'), previous, resource)
    }),
    ...mergeConstraints(child(configuration, 'constraints'), before, after),
  ]
}

/**
 * The changes that turn a group or clone into another version; `current` is what the CIB has under its id.
 * @throws RangeError for one of another kind.
 */
export function mergeResource(
  section: Element | undefined,
  before: Element,
  after: Element,
  current = section && childById(section, idOf(after)),
): Change[] {
  if (!current) return creations(RESOURCES, [after])
  requireSameKind(current, after)
  const path = pathOf(RESOURCES, current)
  const members = descendants(after, 'primitive').flatMap(primitive => {
    const [same, previous] = [current, before].map(owner => memberOf(owner, idOf(primitive)))
    return same
      ? mergePairs('instance_attributes', pathOf(path, same), { current: same, before: previous, after: primitive })
      : []
  })
  return [...mergePairs('meta_attributes', path, { current, before, after }), ...members]
}

function memberOf(owner: Element, id: string): Element | undefined {
  return descendants(owner, 'primitive').find(member => idOf(member) === id)
}

/** A resource with one of our ids must be of the kind that we would create. */
function requireSameKind(current: Element, after: Element): void {
  const [actual, expected] = [current, after].map(owner => [owner.name, ...memberIds(owner)].join(' '))
  if (actual !== expected) throw new RangeError(`${idOf(current)} is a ${actual}, not a ${expected}: repair it by hand`)
  for (const member of descendants(after, 'primitive')) {
    const [actual, expected] = [memberOf(current, idOf(member)), member].map(agentOf)
    if (actual !== expected) throw new RangeError(`${idOf(member)} is ${actual}, not ${expected}: repair it by hand`)
  }
}

interface Versions {
  readonly current: Element
  readonly before: Element | undefined
  readonly after: Element
}

/** The differences between the two compositions, and essential values that are wrong in the CIB. */
function mergePairs(kind: NvpairSet, path: string, { current, before, after }: Versions): Change[] {
  const [old, wanted] = [nvpairs(before ?? after, kind), nvpairs(after, kind)]
  const isEssential = (name: string) => kind === 'instance_attributes' || ESSENTIAL_META.includes(name)
  const names = [...new Set([...Object.keys(old), ...Object.keys(wanted)])]
  const changed = names.filter(
    name =>
      wanted[name] !== HIDDEN_SECRET &&
      (old[name] !== wanted[name] || (isEssential(name) && !lacksLaterParameter(current, name))),
  )
  const owner = { path, element: current, newSetId: `${idOf(current)}-${kind}` }
  return setNvpairs(kind, owner, Object.fromEntries(changed.map(name => [name, wanted[name]])))
}

function mergeConstraints(section: Element | undefined, before: Cloud, after: Cloud): Change[] {
  const isPreference = (constraint: Element) => isVhostPreferenceId(after.name, idOf(constraint))
  const isReordered = before.preferredVhosts.join() !== after.preferredVhosts.join()
  const wanted = constraintElements(compose(after))
  const others = wanted.filter(constraint => !isPreference(constraint))
  const bans = after.state === 'active' ? bansOn(after.name, section) : []
  return [
    ...deletions(CONSTRAINTS, bans),
    ...(isReordered
      ? deletions(CONSTRAINTS, locationsOf(section, resourceIds(after.name).mountGroup).filter(isPreference))
      : []),
    ...others.flatMap(constraint => mergeConstraint(section, constraint, isLaterConstraint(after, constraint))),
    ...(isReordered ? creations(CONSTRAINTS, wanted.filter(isPreference)) : []),
  ]
}

/** The changes that make a constraint mean what it should; an optional one that is missing is not added. */
export function mergeConstraint(section: Element | undefined, wanted: Element, isOptional: boolean): Change[] {
  const current = section && childById(section, idOf(wanted))
  if (!current && isOptional) return []
  if (current && current.name === wanted.name && canonicalConstraint(current) === canonicalConstraint(wanted)) return []
  return [...(current ? deletions(CONSTRAINTS, [current]) : []), ...creations(CONSTRAINTS, [wanted])]
}
