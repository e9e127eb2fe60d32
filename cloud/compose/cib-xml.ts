import { type Element, element } from '../xml.ts'
import type {
  Attributes,
  Clone,
  Composition,
  Constraint,
  Expression,
  Group,
  Operation,
  Primitive,
  Rule,
} from './composition.ts'
import { intervalText } from './monitor-interval.ts'

/*
 * A composition as the elements of a CIB. Ids follow from the owner's, in the form that crmsh gives them.
 * The roles Promoted and Unpromoted need a CIB of schema pacemaker-3.7 or later.
 */

/** The children of `resources`. */
export function resourceElements({ resources }: Composition): Element[] {
  return resources.map(resource => (resource.kind === 'clone' ? cloneElement(resource) : groupElement(resource)))
}

/** The children of `constraints`. */
export function constraintElements({ constraints }: Composition): Element[] {
  return constraints.map(constraintElement)
}

function cloneElement({ id, meta, primitive }: Clone): Element {
  return element('clone', { id }, [...nvset('meta_attributes', id, meta), primitiveElement(primitive)])
}

function groupElement({ id, meta, primitives }: Group): Element {
  return element('group', { id }, [...nvset('meta_attributes', id, meta), ...primitives.map(primitiveElement)])
}

function primitiveElement({ id, provider, type, parameters, operations, meta = {} }: Primitive): Element {
  return element('primitive', { id, class: 'ocf', provider, type }, [
    ...nvset('instance_attributes', id, parameters),
    ...nvset('meta_attributes', id, meta),
    element(
      'operations',
      {},
      operations.map(operation => operationElement(id, operation)),
    ),
  ])
}

function nvset(name: 'instance_attributes' | 'meta_attributes', owner: string, pairs: Attributes): Element[] {
  const id = `${owner}-${name}`
  const nvpairs = Object.entries(pairs).map(([key, value]) =>
    element('nvpair', { id: `${id}-${key}`, name: key, value }),
  )
  return nvpairs.length === 0 ? [] : [element(name, { id }, nvpairs)]
}

function operationElement(owner: string, operation: Operation): Element {
  const { name, intervalMs, timeoutSeconds, role, checkLevel } = operation
  const interval = intervalText(intervalMs)
  const id = `${owner}-${name}-${interval}`
  const attributes = { id, name, interval, timeout: `${timeoutSeconds}s`, ...(role && { role }) }
  return element(
    'op',
    attributes,
    checkLevel === undefined ? [] : nvset('instance_attributes', id, { OCF_CHECK_LEVEL: String(checkLevel) }),
  )
}

function constraintElement(constraint: Constraint): Element {
  const { id } = constraint
  switch (constraint.kind) {
    case 'rule':
      return ruleElement(constraint)
    case 'preference': {
      const { resource, node, score } = constraint
      return element('rsc_location', { id, rsc: resource, node, score: String(score) })
    }
    case 'colocation': {
      const { resource, with: other, withRole } = constraint
      return element('rsc_colocation', {
        id,
        score: 'INFINITY',
        rsc: resource,
        'with-rsc': other,
        ...(withRole && { 'with-rsc-role': withRole }),
      })
    }
    case 'order': {
      const { force, first, second, symmetrical } = constraint
      return element('rsc_order', {
        id,
        kind: force,
        first: first.resource,
        'first-action': first.action,
        // biome-ignore lint/suspicious/noThenProperty: the schema's name
        then: second.resource,
        'then-action': second.action,
        ...(!symmetrical && { symmetrical: 'false' }),
      })
    }
  }
}

function ruleElement({ id, resource, score, join, expressions }: Rule): Element {
  const rule = { id: `${id}-rule`, score: String(score), 'boolean-op': join }
  const children = expressions.map((expression, index) => expressionElement(`${id}-rule`, index, expression))
  return element('rsc_location', { id, rsc: resource }, [element('rule', rule, children)])
}

/** crmsh numbers expressions from the second one on. */
function expressionElement(rule: string, index: number, expression: Expression): Element {
  const id = index === 0 ? `${rule}-expression` : `${rule}-expression-${index - 1}`
  return element('expression', { id, ...expression })
}
