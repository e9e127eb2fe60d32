import { child, descendants, type Element } from '../xml.ts'

/** The kinds of sets of nvpairs, of a node or a resource, and of the cluster. */
export type NvpairSet = 'instance_attributes' | 'meta_attributes' | 'cluster_property_set'

export function idOf({ attributes }: Element): string {
  return attributes.id ?? ''
}

/** A primitive's agent, like `ocf:vhacs:lvm-volume`. */
export function agentOf(primitive: Element | undefined): string {
  const { class: standard, provider, type } = primitive?.attributes ?? {}
  return `${standard}:${provider}:${type}`
}

/** The pairs in an element's own sets of that kind, not its children's; the first value if a name occurs twice. */
export function nvpairs(owner: Element, kind: NvpairSet): Record<string, string> {
  const sets = owner.children.filter(({ name }) => name === kind)
  const pairs = sets.flatMap(set => descendants(set, 'nvpair'))
  const entries = pairs.map(({ attributes: { name = '', value = '' } }) => [name, value] as const)
  return Object.fromEntries(entries.reverse())
}

/** The element with that id below `parent`, of one of those kinds. */
export function byId(parent: Element | undefined, kinds: readonly string[], id: string): Element | undefined {
  const index = parent && indexOf(parent)
  return kinds.map(kind => index?.ids.get(`${kind} ${id}`)).find(match => match !== undefined)
}

/** The first child with that id, of whatever kind. */
export function childById(parent: Element, id: string): Element | undefined {
  return indexOf(parent).children.get(id)
}

/** The location constraints on that resource in `constraints`. */
export function locationsOf(constraints: Element | undefined, resource: string): readonly Element[] {
  return (constraints && indexOf(constraints).locations.get(resource)) ?? []
}

interface Index {
  /** Direct children, by id. */
  readonly children: ReadonlyMap<string, Element>
  /** All elements below, by kind and id. */
  readonly ids: ReadonlyMap<string, Element>
  /** Location constraints, by resource. */
  readonly locations: ReadonlyMap<string, readonly Element[]>
}

/** Elements never change, so each is indexed once: hundreds of clouds look up dozens of ids in the same one. */
const indexes = new WeakMap<Element, Index>()

function indexOf(parent: Element): Index {
  const known = indexes.get(parent)
  if (known) return known
  const elements = allBelow(parent)
  const index = {
    children: new Map(parent.children.map(item => [idOf(item), item] as const).reverse()),
    ids: new Map(elements.map(item => [`${item.name} ${item.attributes.id}`, item] as const).reverse()),
    locations: Map.groupBy(
      elements.filter(({ name }) => name === 'rsc_location'),
      ({ attributes }) => attributes.rsc ?? '',
    ),
  }
  indexes.set(parent, index)
  return index
}

function allBelow(parent: Element, found: Element[] = []): Element[] {
  for (const item of parent.children) {
    found.push(item)
    allBelow(item, found)
  }
  return found
}

/** Ids of the primitives in a clone or group, in order. */
export function memberIds(resource: Element): string[] {
  return descendants(resource, 'primitive').map(idOf)
}

/** Pacemaker's own properties that are set. */
export function propertiesIn(cib: Element): Map<string, string> {
  const pairs = descendants(child(child(cib, 'configuration'), 'crm_config'), 'nvpair')
  // if a name is set twice, the first one counts
  return new Map(pairs.toReversed().map(({ attributes: { name = '', value = '' } }) => [name, value]))
}

/**
 * The boolean that Pacemaker reads from a text; undefined for other text, which Pacemaker replaces by its default.
 * @see Pacemaker, lib/common/strings.c: crm_str_to_boolean()
 */
export function booleanIn(text = ''): boolean | undefined {
  if (/^(true|yes|on|y|1)$/i.test(text)) return true
  return /^(false|no|off|n|0)$/i.test(text) ? false : undefined
}

/** @throws Error for a group or clone that contains more than these. */
export function refuseForeignMembers(resource: Element, ids: ReadonlySet<string>): void {
  const foreign = memberIds(resource).filter(id => !ids.has(id))
  if (foreign.length > 0)
    throw new Error(
      `${resource.attributes.id} also contains ${foreign.join(', ')}: remove that from the group or clone first`,
    )
}

/** A constraint without one of its resources would make the CIB invalid. @throws Error for one on a set with such a resource. */
export function refersTo(constraint: Element, ids: ReadonlySet<string>): boolean {
  const isInSet = descendants(constraint, 'resource_ref').some(({ attributes: { id = '' } }) => ids.has(id))
  if (isInSet)
    throw new Error(`the constraint ${constraint.attributes.id} refers to a set of resources: remove it first`)
  const { rsc, 'with-rsc': other, first, then } = constraint.attributes
  return [rsc, other, first, then].some(id => id !== undefined && ids.has(id))
}
