import type { NodeAttributes } from '../node-attributes.ts'
import type { Comments } from './comments.ts'
import type {
  Attributes,
  Clone,
  Composition,
  Constraint,
  Expression,
  Group,
  Operation,
  Primitive,
} from './composition.ts'
import { intervalText } from './monitor-interval.ts'
import { refuseControlCharacters } from './one-line.ts'

/**
 * The composition as commands of `crm configure`, ready for `crm configure load update FILE`. A comment precedes the
 * object that it describes: crmsh keeps it there.
 * @throws RangeError for a value with a control character.
 */
export function crmText({ resources, constraints }: Composition, comments: Comments = new Map()): string {
  refuseControlCharacters([resources, constraints, comments])
  const commands = [
    ...resources.flatMap(primitivesOf).map(primitive => [primitive.id, primitiveCommand(primitive)] as const),
    ...resources.map(resource => [resource.id, resourceCommand(resource)] as const),
    ...constraints.map(constraint => [constraint.id, constraintCommand(constraint)] as const),
  ]
  return commands.map(([id, command]) => `${commentLine(comments.get(id))}${command}\n`).join('')
}

/**
 * The attributes of a node that the CIB already contains; `setId` is the id of their set. Otherwise crmsh derives one from the name
 * of the node, which Pacemaker refuses if the name does not begin like an id.
 */
export function crmNodeText({ name, attributes }: NodeAttributes, setId: string): string {
  refuseControlCharacters([name, setId, attributes])
  const id = XML_ID.test(name) ? '' : ` $id=${setId}`
  return `node ${name} ${assignments(`attributes${id}`, attributes)}\n`
}

/** An id in XML, as far as ids in a CIB use it (NCName). */
const XML_ID = /^[a-z_][\w.-]*$/i

function commentLine(comment: string | undefined): string {
  return comment === undefined ? '' : `# ${comment}\n`
}

function primitivesOf(resource: Clone | Group): readonly Primitive[] {
  return resource.kind === 'clone' ? [resource.primitive] : resource.primitives
}

function primitiveCommand({ id, provider, type, parameters, operations, meta }: Primitive): string {
  return lines(
    `primitive ${id} ocf:${provider}:${type}`,
    assignments('params', parameters),
    ...(meta ? [assignments('meta', meta)] : []),
    ...operations.map(operation),
  )
}

function operation({ name, intervalMs, timeoutSeconds, role, checkLevel }: Operation): string {
  const more = [...(role ? [` role=${role}`] : []), ...(checkLevel ? [` OCF_CHECK_LEVEL=${checkLevel}`] : [])]
  return `op ${name} interval=${intervalText(intervalMs)} timeout=${timeoutSeconds}s${more.join('')}`
}

function resourceCommand(resource: Clone | Group): string {
  const members = primitivesOf(resource).map(({ id }) => id)
  return lines([resource.kind, resource.id, ...members].join(' '), assignments('meta', resource.meta))
}

function constraintCommand(constraint: Constraint): string {
  const { id } = constraint
  switch (constraint.kind) {
    case 'rule': {
      const { resource, score, join, expressions } = constraint
      const text = expressions.map(expression).join(` ${join} `)
      return `location ${id} ${resource} rule ${score === '-INFINITY' ? '-inf' : score}: ${text}`
    }
    case 'preference': {
      const { resource, node, score } = constraint
      return `location ${id} ${resource} ${score}: ${node}`
    }
    case 'colocation': {
      const { resource, with: other, withRole } = constraint
      return `colocation ${id} inf: ${resource} ${other}${withRole ? `:${withRole}` : ''}`
    }
    case 'order': {
      const { force, first, second, symmetrical } = constraint
      const oneWay = symmetrical ? '' : ' symmetrical=false'
      return `order ${id} ${force}: ${first.resource}:${first.action} ${second.resource}:${second.action}${oneWay}`
    }
  }
}

function expression(expression: Expression): string {
  return expression.operation === 'not_defined'
    ? `not_defined ${expression.attribute}`
    : `${expression.attribute} ${expression.operation} ${expression.value}`
}

function assignments(keyword: string, values: Attributes): string {
  return [keyword, ...Object.entries(values).map(([name, value]) => `${name}=${quoted(value)}`)].join(' ')
}

/** crmsh splits a line like a shell: values with other characters need quotes. */
function quoted(value: string): string {
  return /^[\w./:@,+-]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`
}

function lines(first: string, ...rest: string[]): string {
  return [first, ...rest].join(' \\\n    ')
}
