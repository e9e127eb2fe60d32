import type { NodeAttributes } from '../../node-attributes.ts'
import type { Element } from '../../xml.ts'

/**
 * Whether a rule of a location constraint is true on a node; undefined where that depends on something else, such as the date.
 * @see Pacemaker Explained, Rules
 */
export function isTrueOn(rule: Element, node: NodeAttributes): boolean | undefined {
  const parts = rule.children.map(part => partOn(part, node))
  const isOr = rule.attributes['boolean-op'] === 'or'
  if (parts.includes(isOr)) return isOr
  return parts.includes(undefined) ? undefined : !isOr
}

function partOn(part: Element, node: NodeAttributes): boolean | undefined {
  if (part.name === 'rule') return isTrueOn(part, node)
  return part.name === 'expression' ? expressionOn(part, node) : undefined
}

function expressionOn({ attributes }: Element, { name, attributes: own }: NodeAttributes): boolean | undefined {
  const { attribute = '', operation, value } = attributes
  const actual = attribute === '#uname' ? name : own[attribute]
  if (operation === 'defined') return actual !== undefined
  if (operation === 'not_defined') return actual === undefined
  if (operation === 'eq') return actual === value
  if (operation === 'ne') return actual !== value
  return undefined
}
