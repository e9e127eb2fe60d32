import { childById } from '../cib/elements.ts'
import { CONSTRAINTS, creations, deletions, patchText } from '../cib/patch.ts'
import { rehearsalLocationId, resourceIds } from '../ids.ts'
import { child, descendants, type Element, element } from '../xml.ts'

/*
 * The constraint by which a rehearsal moves the export of a cloud, with the promoted side of DRBD. It prefers a node and bans none,
 * and expires by itself: Pacemaker removes nothing, but ignores it from then on.
 */

/**
 * Counts for both members of the group, so 4500 in all: more than their stickiness and the preference for the first storage node, 4008
 * at most, and less than the 5000 between the promotion scores of a good side and the next worse one, which clients cannot reach. So
 * the export moves only to a side that is as good.
 * @see cloud/compose/resources.ts, cloud/compose/constraints.ts, agents/drbd-cloud/score.ts
 */
const SCORE = 2250

/** Makes Pacemaker move the export of a cloud to a node, instead of where an earlier rehearsal had it. `end` is an ISO 8601 time. */
export function rehearsalPatch(
  cloud: string,
  node: string,
  { end, cib }: { readonly end: string; readonly cib: Element },
) {
  const id = rehearsalLocationId(cloud)
  const present = childById(constraintsOf(cib), id)
  return patchText([
    ...deletions(CONSTRAINTS, present ? [present] : []),
    ...creations(CONSTRAINTS, [constraint(cloud, node, end)]),
  ])
}

function constraint(cloud: string, node: string, end: string): Element {
  const id = rehearsalLocationId(cloud)
  const isNode = { id: `${id}-node`, attribute: '#uname', operation: 'eq', value: node }
  return element('rsc_location', { id, rsc: resourceIds(cloud).exportGroup }, [
    element('rule', { id: `${id}-rule`, score: String(SCORE), 'boolean-op': 'and' }, [
      element('expression', isNode),
      element('date_expression', { id: `${id}-end`, operation: 'lt', end }),
    ]),
  ])
}

/** Where the constraint of a cloud is in the CIB. */
export function rehearsalPath(cloud: string): string {
  return `//rsc_location[@id='${rehearsalLocationId(cloud)}']`
}

/** The constraint of a rehearsal. */
export interface RehearsalConstraint {
  readonly cloud: string
  /** When it expires, as it is written; undefined for one without an end, which somebody has changed. */
  readonly end: string | undefined
}

/** The constraints of rehearsals of these clouds, in progress or interrupted. */
export function rehearsalConstraints(clouds: readonly string[], cib: Element): RehearsalConstraint[] {
  const constraints = constraintsOf(cib)
  return clouds.flatMap(cloud => {
    const found = childById(constraints, rehearsalLocationId(cloud))
    if (found === undefined) return []
    return [{ cloud, end: descendants(found, 'date_expression')[0]?.attributes.end }]
  })
}

function constraintsOf(cib: Element): Element {
  return child(child(cib, 'configuration'), 'constraints') ?? element('constraints', {})
}
