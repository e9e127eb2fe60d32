import { child, type Element } from '../xml.ts'
import { idOf, nvpairs } from './elements.ts'
import { type Change, pathOf, RESOURCES } from './patch.ts'
import { setNvpairs } from './set-nvpairs.ts'

/** A primitive in a CIB, and what is around it. */
interface Placed {
  readonly primitive: Element
  /** The groups and clones around it, the outermost first. */
  readonly around: readonly Element[]
}

/** Those of the primitives with these ids that a CIB contains without a `priority`, of their own or inherited. */
export function withoutPriority(cib: Element, ids: readonly string[]): string[] {
  return ids.filter(id => {
    const found = placedIn(cib, id)
    if (found === undefined) return false
    return [found.primitive, ...found.around].every(owner => nvpairs(owner, 'meta_attributes').priority === undefined)
  })
}

/** Whether a primitive runs on one node at a time. */
export function isSingle(cib: Element, id: string): boolean {
  return placedIn(cib, id)?.around.every(({ name }) => name === 'group') ?? false
}

/** The changes that give primitives a `priority` of their own, by id. */
export function priorityChanges(cib: Element, priorities: ReadonlyMap<string, number>): Change[] {
  return [...priorities].flatMap(([id, priority]) => {
    const found = placedIn(cib, id)
    if (found === undefined) return []
    const path = [...found.around, found.primitive].reduce(pathOf, RESOURCES)
    const owner = { path, element: found.primitive, newSetId: `${id}-meta_attributes` }
    return setNvpairs('meta_attributes', owner, { priority: String(priority) })
  })
}

function placedIn(cib: Element, id: string): Placed | undefined {
  const within = (parent: Element | undefined, around: readonly Element[]): readonly Placed[] =>
    (parent?.children ?? []).flatMap(inner => {
      if (inner.name === 'primitive') return idOf(inner) === id ? [{ primitive: inner, around }] : []
      return within(inner, [...around, inner])
    })
  return within(child(child(cib, 'configuration'), 'resources'), [])[0]
}
