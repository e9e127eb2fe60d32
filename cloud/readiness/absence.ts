import { child, type Element, element, printXml } from '../xml.ts'

/** A node that is not there to run anything: it has died, or an operator has put it in standby. */
export interface Absence {
  readonly node: string
  readonly how: AbsenceKind
}

export type AbsenceKind = 'loss' | 'standby'

/** How Pacemaker sees a node that has died and is to be fenced. @see Pacemaker, lib/pengine/unpack.c: unpack_node_member() */
const DEAD = { in_ccm: 'false', crmd: 'offline', join: 'down', expected: 'member' } as const

/**
 * The text of the CIB as it would be in the absence. `costsQuorum`: those that remain are no majority. crm_simulate's own events are not
 * used: with XML output, that of Pacemaker 3.0.0 only injects them.
 */
export function cibWithout(
  cib: Element,
  { node, how }: Absence,
  { costsQuorum }: { readonly costsQuorum: boolean },
): string {
  if (how === 'standby') return printXml(inside(cib, ['configuration', 'nodes'], entry => inStandby(entry, node)))
  const lost = inside(cib, ['status'], state =>
    state.attributes.uname === node ? { ...state, attributes: { ...state.attributes, ...DEAD } } : state,
  )
  if (!costsQuorum) return printXml(lost)
  return printXml({ ...lost, attributes: { ...lost.attributes, 'have-quorum': '0' } })
}

/** The element with each child at the end of a path replaced. */
function inside(parent: Element, [next, ...rest]: readonly string[], change: (found: Element) => Element): Element {
  if (next === undefined) return { ...parent, children: parent.children.map(change) }
  const section = child(parent, next)
  const children = parent.children.map(found => (found === section ? inside(found, rest, change) : found))
  return { ...parent, children }
}

const STANDBY_SET = 'vhacs-readiness'

/** With `standby`, whatever the node has set before. */
function inStandby(entry: Element, node: string): Element {
  if (entry.attributes.uname !== node) return entry
  const pair = element('nvpair', { id: `${STANDBY_SET}-standby`, name: 'standby', value: 'on' })
  return {
    ...entry,
    children: [...entry.children.map(withoutStandby), element('instance_attributes', { id: STANDBY_SET }, [pair])],
  }
}

function withoutStandby(found: Element): Element {
  const kept = found.children.filter(({ attributes }) => attributes.name !== 'standby')
  return { ...found, children: kept.map(withoutStandby) }
}
