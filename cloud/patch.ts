import { type Change, creations, deletions, patchText } from './change/diff.ts'
import { memberIds } from './cib-elements.ts'
import { constraintElements, resourceElements } from './cib-xml.ts'
import type { Cloud } from './cloud.ts'
import { compose } from './compose.ts'
import type { Fence } from './fences.ts'
import { isVhostPreferenceId, resourceIds } from './names.ts'
import { child, descendants, type Element, element, parseXml } from './xml.ts'

const RESOURCES = '/cib/configuration/resources'
const CONSTRAINTS = '/cib/configuration/constraints'

/** Adds a cloud; Pacemaker refuses it whole when an id of it is taken. */
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
 * Removes all that a CIB holds of the cloud `name`, complete or not, and every constraint on it, whoever made that.
 * Its resources must be stopped before: Pacemaker stops what is removed in no particular order.
 * @throws Error when something that is not the cloud's would be lost.
 */
export function destroyPatch(name: string, cib: string): string {
  const configuration = child(parseXml(cib), 'configuration')
  const ids: ReadonlySet<string> = new Set(Object.values(resourceIds(name)))
  const isOurs = ({ attributes: { id = '' } }: Element) => ids.has(id)
  const resources = (child(configuration, 'resources')?.children ?? []).filter(isOurs)
  for (const resource of resources) refuseForeignMembers(resource, ids)
  const constraints = (child(configuration, 'constraints')?.children ?? []).filter(constraint =>
    refersTo(constraint, ids),
  )
  return patchText([...deletions(CONSTRAINTS, constraints), ...deletions(RESOURCES, resources)])
}

/**
 * Tells Pacemaker to stop everything of these clouds, in one change: it then stops from the mounts down.
 * @throws Error when the CIB does not hold a whole cloud.
 */
export function stopPatch(names: string | readonly string[], cib: string): string {
  return targetRolePatch([names].flat(), cib, 'Stopped')
}

/**
 * Lets Pacemaker run these clouds again, after stopPatch or whoever stopped a part of them.
 * @throws Error when the CIB does not hold a whole cloud.
 */
export function startPatch(names: string | readonly string[], cib: string): string {
  return targetRolePatch([names].flat(), cib, undefined)
}

function targetRolePatch(names: readonly string[], cib: string, value: 'Stopped' | undefined): string {
  const resources = child(child(parseXml(cib), 'configuration'), 'resources')?.children ?? []
  const byId = new Map(resources.map(resource => [resource.attributes.id, resource]))
  const ids = names.flatMap(name => {
    const { mountGroup, exportGroup, drbdClone, lvmClone } = resourceIds(name)
    return [mountGroup, exportGroup, drbdClone, lvmClone]
  })
  const changes = ids.map(id => {
    const resource = byId.get(id)
    const meta = child(resource, 'meta_attributes')
    if (resource === undefined || meta === undefined) throw new Error(`the CIB has no ${id} with meta attributes`)
    const path = `${RESOURCES}/${resource.name}[@id='${id}']/meta_attributes[@id='${meta.attributes.id}']`
    const present = meta.children.filter(({ attributes }) => attributes.name === 'target-role')
    const role = value && element('nvpair', { id: `${id}-target-role`, name: 'target-role', value })
    return { deletions: deletions(path, present), creations: role ? creations(path, [role]) : [] }
  })
  return patchText([...changes.flatMap(change => change.deletions), ...changes.flatMap(change => change.creations)])
}

/** Has a cloud prefer these vhosts, in this order, instead of those that it prefers. */
export function preferencePatch(cloud: Cloud, vhosts: readonly string[], cib: string): string {
  const isPreference = ({ attributes: { id = '' } }: Element) => isVhostPreferenceId(cloud.name, id)
  const present = child(child(parseXml(cib), 'configuration'), 'constraints')?.children.filter(isPreference) ?? []
  const wanted = constraintElements(compose({ ...cloud, preferredVhosts: vhosts })).filter(isPreference)
  return patchText([...deletions(CONSTRAINTS, present), ...creations(CONSTRAINTS, wanted)])
}

/** Takes away what crm-fence-peer.sh has put on these clouds: a rule that keeps a side from being promoted. */
export function unfencePatch(fences: readonly Fence[]): string {
  return patchText(
    fences.map(({ id }) =>
      element('change', { operation: 'delete', path: `${CONSTRAINTS}/rsc_location[@id='${id}']` }),
    ),
  )
}

function refuseForeignMembers(resource: Element, ids: ReadonlySet<string>): void {
  const foreign = memberIds(resource).filter(id => !ids.has(id))
  if (foreign.length > 0)
    throw new Error(`${resource.attributes.id} also holds ${foreign.join(', ')}: take that out of it first`)
}

/** A constraint that would be left without one of its resources makes the CIB invalid. */
function refersTo(constraint: Element, ids: ReadonlySet<string>): boolean {
  const isInSet = descendants(constraint, 'resource_ref').some(({ attributes: { id = '' } }) => ids.has(id))
  if (isInSet) throw new Error(`the constraint ${constraint.attributes.id} has a set of resources: remove it first`)
  const { rsc, 'with-rsc': other, first, then } = constraint.attributes
  return [rsc, other, first, then].some(id => id !== undefined && ids.has(id))
}
