import { descendants, type Element } from '../xml.ts'

type Attributes = Element['attributes']

/**
 * What a constraint says, as a text to compare: the same whether or not it spells out what Pacemaker assumes, with the
 * roles' old names or new ones, and whatever score a preference for a node has.
 */
export function canonicalConstraint({ name, attributes, children }: Element): string {
  const { node } = attributes
  if (name === 'rsc_order') return orderMeaning(attributes)
  if (name === 'rsc_colocation') return colocationMeaning(attributes)
  return node === undefined ? rulesMeaning(attributes, children) : `${subject(attributes)} prefers ${node}`
}

/** A score stands for a kind in orders of old. */
function orderMeaning({ first, then, kind, score, symmetrical = 'true', ...actions }: Attributes): string {
  const firstAction = actions['first-action'] ?? 'start'
  const thenAction = actions['then-action'] ?? firstAction
  const force = kind ?? (score === '0' ? 'Optional' : 'Mandatory')
  return `${force} ${first}:${firstAction} ${then}:${thenAction} symmetrical=${symmetrical}`
}

function colocationMeaning({ rsc, score, ...others }: Attributes): string {
  const roles = [others['rsc-role'], others['with-rsc-role']].map(roleName)
  return `${scoreName(score)} ${rsc}:${roles[0]} ${others['with-rsc']}:${roles[1]}`
}

function rulesMeaning(attributes: Attributes, rules: readonly Element[]): string {
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
  return `${rsc}:${roleName(role)}`
}

function roleName(role = 'Started'): string {
  return role === 'Master' ? 'Promoted' : role === 'Slave' ? 'Unpromoted' : role
}

function scoreName(score = '0'): string {
  return score.replace(/^([+-]?)inf$/i, '$1INFINITY').replace(/^\+/, '')
}
