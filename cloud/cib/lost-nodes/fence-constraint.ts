import { fenceConstraintId } from '../../../system/drbd/fence-constraint.ts'
import { type Element, element } from '../../xml.ts'
import { knowsPromoted } from '../roles.ts'

/** What a fence constraint is about: DRBD's resource, Pacemaker's clone of it, and who places it. */
export interface Fenced {
  readonly resource: string
  readonly clone: string
  /** Unique to the call that places it. */
  readonly call: string
}

/** The id of its first expression, which distinguishes it from a constraint that another call has placed. */
export function fenceMark({ resource, clone, call }: Fenced): string {
  return `${fenceConstraintId(resource, 'expr')}-${clone}-${call}`
}

/** The constraint by which only these nodes may be promoted, in the terms of the schema of that CIB. */
export function fenceConstraintElement(cib: Element, fenced: Fenced, allowed: readonly string[]): Element {
  const { resource, clone } = fenced
  const mark = fenceMark(fenced)
  const expressions = allowed.map((value, index) =>
    element('expression', { attribute: '#uname', operation: 'ne', value, id: index === 0 ? mark : `${mark}-${index}` }),
  )
  const rule = {
    role: knowsPromoted(cib) ? 'Promoted' : 'Master',
    score: '-INFINITY',
    id: `${fenceConstraintId(resource, 'rule')}-${clone}`,
  }
  return element('rsc_location', { rsc: clone, id: fenceConstraintId(resource, clone) }, [
    element('rule', rule, expressions),
  ])
}
