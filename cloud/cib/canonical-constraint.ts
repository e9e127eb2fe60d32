import { descendants, type Element } from '../xml.ts'
import { currentRole } from './roles.ts'

type Attributes = Element['attributes']

/**
 * The meaning of a constraint, as a text for comparison: the same with or without Pacemaker's defaults, with old or new role names,
 * and with any score of a preference for a node.
 */
export function canonicalConstraint({ name, attributes, children }: Element): string {
  const { node } = attributes
  if (name === 'rsc_order') return canonicalOrder(attributes)
  if (name === 'rsc_colocation') return canonicalColocation(attributes)
  return node === undefined ? canonicalRules(attributes, children) : `${subject(attributes)} prefers ${node}`
}

/** Older orders have a score instead of a kind. */
function canonicalOrder({ first, then, kind, score, symmetrical = 'true', ...actions }: Attributes): string {
  const firstAction = actions['first-action'] ?? 'start'
  const thenAction = actions['then-action'] ?? firstAction
  const force = kind ?? (score === '0' ? 'Optional' : 'Mandatory')
  return `${force} ${first}:${firstAction} ${then}:${thenAction} symmetrical=${symmetrical}`
}

function canonicalColocation({ rsc, score, ...others }: Attributes): string {
  const roles = [others['rsc-role'], others['with-rsc-role']].map((role = 'Started') => currentRole(role))
  return `${scoreName(score)} ${rsc}:${roles[0]} ${others['with-rsc']}:${roles[1]}`
}

function canonicalRules(attributes: Attributes, rules: readonly Element[]): string {
  const texts = rules.map(rule => {
    const expressions = descendants(rule, 'expression').map(({ attributes: { attribute, operation, value = '' } }) =>
      [attribute, operation, value].join(' '),
    )
    const { score, 'boolean-op': join = 'and' } = rule.attributes
    return `${scoreName(score)} ${expressions.sort().join(` ${join} `)}`
  })
  return `${subject(attributes)} ${texts.join('; ')}`
}

function subject({ rsc, role }: Attributes): string {
  return `${rsc}:${currentRole(role ?? 'Started')}`
}

function scoreName(score = '0'): string {
  return score.replace(/^([+-]?)inf$/i, '$1INFINITY').replace(/^\+/, '')
}
