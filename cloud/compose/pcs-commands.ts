import type { NodeAttributes } from '../node-attributes.ts'
import type {
  Attributes,
  Clone,
  Composition,
  Constraint,
  Expression,
  Group,
  Operation,
  OrderStep,
  Primitive,
} from './composition.ts'
import { intervalText } from './monitor-interval.ts'

/**
 * The composition as commands of pcs 0.11 and 0.12, each the words after `pcs -f FILE`. They apply to a file, because a cluster
 * would start the first resources before it has the constraints.
 */
export function pcsCommands({ resources, constraints }: Composition): string[][] {
  return [
    ...resources.flatMap(resource => (resource.kind === 'clone' ? cloneCommands(resource) : groupCommands(resource))),
    ...constraints.map(constraintCommand),
  ]
}

/** The attributes of a node that the CIB already contains. */
export function pcsNodeCommand({ name, attributes }: NodeAttributes): string[] {
  return ['node', 'attribute', name, ...assignments(attributes)]
}

/** A command's words, quoted for a shell. */
export function shellText(words: readonly string[]): string {
  return words.map(word => (/^[\w./:@,+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
}

/** pcs sets promotable=true itself. */
function cloneCommands({ id, primitive, meta: { promotable, ...meta } }: Clone): string[][] {
  const kind = promotable === 'true' ? 'promotable' : 'clone'
  return [[...create(primitive), kind, id, ...assignments(meta)], ...monitors(primitive)]
}

function groupCommands({ id, primitives, meta }: Group): string[][] {
  return [
    ...primitives.flatMap(primitive => [[...create(primitive), '--group', id], ...monitors(primitive)]),
    ['resource', 'meta', id, ...assignments(meta)],
  ]
}

/** Every operation is specified: otherwise pcs would add those of the agent's meta-data. */
function create(primitive: Primitive): string[] {
  const { id, provider, type, parameters, operations, meta } = primitive
  const [first] = monitorsOf(primitive)
  const others = operations.filter(({ name }) => name !== 'monitor')
  const ops = [...others, ...(first ? [inWholeSeconds(first)] : [])].flatMap(operationWords)
  const metaWords = meta ? ['meta', ...assignments(meta)] : []
  const agent = `ocf:${provider}:${type}`
  return ['resource', 'create', id, agent, ...assignments(parameters), 'op', ...ops, ...metaWords, '--no-default-ops']
}

/**
 * `resource create` of pcs 0.12 refuses intervals in milliseconds, and that of 0.11 takes two of them for the same;
 * `resource update` accepts them. So the first monitor is created with whole seconds, and then given its interval.
 */
function monitors(primitive: Primitive): string[][] {
  const [first, ...more] = monitorsOf(primitive)
  return [
    ...(first ? [['resource', 'update', primitive.id, 'op', ...operationWords(first)]] : []),
    ...more.map(operation => ['resource', 'op', 'add', primitive.id, ...operationWords(operation)]),
  ]
}

function monitorsOf({ operations }: Primitive): Operation[] {
  return operations.filter(({ name }) => name === 'monitor')
}

function inWholeSeconds(operation: Operation): Operation {
  return { ...operation, intervalMs: Math.round(operation.intervalMs / 1000) * 1000 }
}

function operationWords({ name, intervalMs, timeoutSeconds, role, checkLevel }: Operation): string[] {
  const level = checkLevel === undefined ? {} : { OCF_CHECK_LEVEL: String(checkLevel) }
  const values = { interval: intervalText(intervalMs), timeout: `${timeoutSeconds}s`, ...(role && { role }), ...level }
  return [name, ...assignments(values)]
}

function constraintCommand(constraint: Constraint): string[] {
  const { id } = constraint
  switch (constraint.kind) {
    case 'rule': {
      const { resource, score, join, expressions } = constraint
      const rule = expressions.flatMap((expression, index) => [...(index > 0 ? [join] : []), ...words(expression)])
      const ids = [`id=${id}-rule`, `constraint-id=${id}`]
      return ['constraint', 'location', resource, 'rule', ...ids, `score=${score}`, ...rule]
    }
    case 'preference': {
      const { resource, node, score } = constraint
      return ['constraint', 'location', 'add', id, resource, node, String(score)]
    }
    case 'colocation': {
      const { resource, with: other, withRole } = constraint
      const target = withRole ? [withRole, other] : [other]
      return ['constraint', 'colocation', 'add', resource, 'with', ...target, 'INFINITY', `id=${id}`]
    }
    case 'order': {
      const { force, first, second, symmetrical } = constraint
      const oneWay = symmetrical ? [] : ['symmetrical=false']
      const steps = [...step(first), 'then', ...step(second)]
      return ['constraint', 'order', ...steps, `kind=${force}`, ...oneWay, `id=${id}`]
    }
  }
}

function words(expression: Expression): string[] {
  return expression.operation === 'not_defined'
    ? ['not_defined', expression.attribute]
    : [expression.attribute, expression.operation, expression.value]
}

function step({ action, resource }: OrderStep): string[] {
  return [action, resource]
}

function assignments(values: Attributes): string[] {
  return Object.entries(values).map(([name, value]) => `${name}=${value}`)
}
