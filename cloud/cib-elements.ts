import { descendants, type Element } from './xml.ts'

/** The pairs in an element's sets of that kind, its children's left out; of a name that occurs twice, the first. */
export function nvpairs(owner: Element, kind: 'instance_attributes' | 'meta_attributes'): Record<string, string> {
  const sets = owner.children.filter(({ name }) => name === kind)
  const pairs = sets.flatMap(set => descendants(set, 'nvpair'))
  const entries = pairs.map(({ attributes: { name = '', value = '' } }) => [name, value] as const)
  return Object.fromEntries(entries.reverse())
}

/** The element with that id below `parent`, of one of those kinds. */
export function byId(parent: Element | undefined, kinds: readonly string[], id: string): Element | undefined {
  return kinds.flatMap(kind => descendants(parent, kind)).find(({ attributes }) => attributes.id === id)
}

/** Ids of the primitives in a clone or group, in order. */
export function memberIds(resource: Element): string[] {
  return descendants(resource, 'primitive').map(({ attributes }) => attributes.id ?? '')
}
