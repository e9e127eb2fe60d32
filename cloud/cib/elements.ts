import { descendants, type Element } from '../xml.ts'

/** The pairs in an element's own sets of that kind, not its children's; of a name that occurs twice, the first. */
export function nvpairs(owner: Element, kind: 'instance_attributes' | 'meta_attributes'): Record<string, string> {
  const sets = owner.children.filter(({ name }) => name === kind)
  const pairs = sets.flatMap(set => descendants(set, 'nvpair'))
  const entries = pairs.map(({ attributes: { name = '', value = '' } }) => [name, value] as const)
  return Object.fromEntries(entries.reverse())
}

/** The element with that id below `parent`, of one of those kinds. */
export function byId(parent: Element | undefined, kinds: readonly string[], id: string): Element | undefined {
  const index = parent && indexOf(parent)
  return kinds.map(kind => index?.ids.get(`${kind} ${id}`)).find(found => found !== undefined)
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
    children: new Map(parent.children.map(found => [found.attributes.id ?? '', found] as const).reverse()),
    ids: new Map(elements.map(found => [`${found.name} ${found.attributes.id}`, found] as const).reverse()),
    locations: Map.groupBy(
      elements.filter(({ name }) => name === 'rsc_location'),
      ({ attributes }) => attributes.rsc ?? '',
    ),
  }
  indexes.set(parent, index)
  return index
}

function allBelow(parent: Element): Element[] {
  return parent.children.flatMap(found => [found, ...allBelow(found)])
}

/** Ids of the primitives in a clone or group, in order. */
export function memberIds(resource: Element): string[] {
  return descendants(resource, 'primitive').map(({ attributes }) => attributes.id ?? '')
}
