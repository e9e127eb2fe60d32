import { idOf } from '../../cib/elements.ts'
import { knowsPromoted, PROMOTED_SCHEMA } from '../../cib/roles.ts'
import type { Cloud } from '../../cloud.ts'
import { constraintElements, resourceElements } from '../../compose/cib-xml.ts'
import { compose } from '../../compose/compose.ts'
import type { Composition } from '../../compose/composition.ts'
import type { Configuration } from '../../configuration.ts'
import type { Problem } from '../../problem.ts'
import { valueAt } from '../../value-at.ts'
import { child, type Element } from '../../xml.ts'

/** A new cloud of a configuration. */
interface NewCloud {
  readonly cloud: Cloud
  readonly wanted: Configuration['clouds'][number]
}

/**
 * Why new clouds cannot be added to a CIB. Without this check, Pacemaker would refuse them only after their volumes have been
 * created.
 */
export function cibProblems(cib: Element, { clouds }: Configuration, created: readonly NewCloud[]): Problem[] {
  if (created.length === 0) return []
  const owners = ownersOfIds(child(cib, 'configuration'))
  return [
    ...schemaProblems(cib),
    ...created.flatMap(({ cloud, wanted }) =>
      takenIds(compose(cloud), owners, ['clouds', clouds.indexOf(wanted), 'name']),
    ),
  ]
}

/** The same for new vservers, by their places in the configuration. */
export function takenVserverIds(
  cib: Element,
  created: readonly { readonly composition: Composition; readonly index: number }[],
): Problem[] {
  if (created.length === 0) return []
  const owners = ownersOfIds(child(cib, 'configuration'))
  return created.flatMap(({ composition, index }) => takenIds(composition, owners, ['vservers', index, 'name']))
}

function schemaProblems(cib: Element): Problem[] {
  if (knowsPromoted(cib) !== false) return []
  const message = `the CIB has the schema ${cib.attributes['validate-with']}, and clouds need pacemaker-${PROMOTED_SCHEMA.join('.')} or later: once all nodes run Pacemaker 2.1 or later, run "cibadmin --upgrade --force"`
  return [{ path: ['clouds'], message }]
}

/** The element that has an id, and its parents. */
interface Owner {
  readonly element: Element
  readonly inside: Element | undefined
}

/** Elements whose id is a reference, or not an id in the sense of XML: another element may have the same. */
const WITHOUT_OWN_ID: ReadonlySet<string> = new Set(['node', 'obj_ref', 'resource_ref', 'role', 'acl_target'])

function ownersOfIds(configuration: Element | undefined): Map<string, Owner> {
  const owners = new Map<string, Owner>()
  const collect = (parent: Element, inside: Element | undefined) => {
    for (const element of parent.children) {
      const id = idOf(element)
      if (id !== '' && !WITHOUT_OWN_ID.has(element.name)) owners.set(id, { element, inside })
      collect(element, id === '' ? inside : (inside ?? element))
    }
  }
  if (configuration) collect(configuration, undefined)
  return owners
}

function takenIds(composition: Composition, owners: ReadonlyMap<string, Owner>, path: Problem['path']): Problem[] {
  const wanted = [...resourceElements(composition), ...constraintElements(composition)].flatMap(idsIn)
  const [first] = wanted.flatMap(id => {
    const owner = owners.get(id)
    return owner ? [{ id, owner }] : []
  })
  if (first === undefined) return []
  const message = `${first.id} is taken by ${ownerText(first.owner)} in the CIB: rename that, or choose another name for the ${path[0] === 'clouds' ? 'cloud' : 'vserver'}`
  return [{ path, message }]
}

function idsIn(element: Element): string[] {
  return [idOf(element), ...element.children.flatMap(idsIn)].filter(id => id !== '')
}

function ownerText({ element, inside }: Owner): string {
  const kind = kindText(element)
  return inside ? `${kind} of ${kindText(inside)} ${idOf(inside)}` : kind
}

function kindText({ name }: Element): string {
  return valueAt(WORDS, name) ?? `the element ${name}`
}

const WORDS: Readonly<Record<string, string>> = {
  tag: 'the tag of that name',
  primitive: 'the resource',
  group: 'the group',
  clone: 'the clone',
  master: 'the clone',
  bundle: 'the bundle',
  template: 'the template',
  rsc_location: 'the location constraint',
  rsc_colocation: 'the colocation constraint',
  rsc_order: 'the order constraint',
  rsc_ticket: 'the ticket constraint',
}
