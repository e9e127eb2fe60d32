import { child, type Element, element } from '../xml.ts'
import type { NvpairSet } from './elements.ts'
import { type Change, creations, deletions, modification, pathOf } from './patch.ts'

/** An element and its path in the CIB. */
interface Owner {
  readonly path: string
  readonly element: Element
  /** Id of its set of pairs, if one must be created. */
  readonly newSetId: string
}

/** The changes that set these pairs of an element; undefined removes one. All other pairs stay. */
export function setNvpairs(
  kind: NvpairSet,
  owner: Owner,
  values: Readonly<Record<string, string | undefined>>,
): Change[] {
  const sets = owner.element.children.filter(({ name }) => name === kind)
  const present = sets.flatMap(set => set.children.map(pair => ({ pair, parent: pathOf(owner.path, set) })))
  const changes = Object.entries(values).flatMap(([name, value]) => {
    const same = present.filter(({ pair }) => pair.attributes.name === name)
    const [first] = same
    if (value === undefined) return same.flatMap(({ pair, parent }) => deletions(parent, [pair]))
    if (!first || first.pair.attributes.value === value) return []
    return [modification(first.parent, first.pair, 'value', value)]
  })
  const missing = Object.entries(values).flatMap(([name, value]) =>
    value === undefined || present.some(({ pair }) => pair.attributes.name === name) ? [] : [{ name, value }],
  )
  return missing.length === 0 ? changes : [...changes, ...additions(kind, owner, missing)]
}

function additions(kind: NvpairSet, { path, element: owner, newSetId }: Owner, pairs: readonly Pair[]): Change[] {
  // a set with a rule applies only if the rule is true
  const set = owner.children.find(
    ({ name, children }) => name === kind && !child({ name, attributes: {}, children }, 'rule'),
  )
  const id = set?.attributes.id ?? newSetId
  const created = pairs.map(({ name, value }) => element('nvpair', { id: `${id}-${name}`, name, value }))
  return set ? creations(pathOf(path, set), created) : creations(path, [element(kind, { id }, created)])
}

interface Pair {
  readonly name: string
  readonly value: string
}
