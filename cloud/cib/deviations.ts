import type { Cloud } from '../cloud.ts'
import { HIDDEN_SECRET, isSecret } from '../compose/chap.ts'
import { constraintElements, resourceElements } from '../compose/cib-xml.ts'
import { compose } from '../compose/compose.ts'
import { child, descendants, type Element } from '../xml.ts'
import { canonicalConstraint } from './canonical-constraint.ts'
import { byId, memberIds, nvpairs } from './elements.ts'

/** Without these the clone is another kind of thing; the rest of the meta attributes is the operator's to tune. */
export const ESSENTIAL_META: readonly string[] = ['promotable', 'notify']

/**
 * Where a CIB's configuration is not what the composer would make of the cloud: one short sentence each. Timeouts,
 * intervals, scores, preferences for vhosts and parameters that the composer leaves out are free to differ.
 */
export function deviations(cloud: Cloud, configuration: Element): string[] {
  const resources = child(configuration, 'resources')
  const constraints = child(configuration, 'constraints')
  const composition = compose({ ...cloud, preferredVhosts: [] })
  return [
    ...resourceElements(composition).flatMap(expected => {
      const found = byId(resources, [expected.name], idOf(expected))
      return found ? resourceDifferences(expected, found) : [missing(expected)]
    }),
    ...constraintElements(composition).flatMap(expected => {
      const found = byId(constraints, [expected.name], idOf(expected))
      if (!found) return [missing(expected)]
      return canonicalConstraint(found) === canonicalConstraint(expected)
        ? []
        : [`the constraint ${idOf(expected)} is different`]
    }),
  ]
}

function idOf({ attributes }: Element): string {
  return attributes.id ?? ''
}

function missing(expected: Element): string {
  const kind = expected.name.startsWith('rsc_') ? 'constraint' : expected.name
  return `the ${kind} ${idOf(expected)} is missing`
}

function resourceDifferences(expected: Element, found: Element): string[] {
  const members = memberIds(expected)
  if (memberIds(found).join() !== members.join())
    return [`${idOf(expected)} consists of ${memberIds(found).join(', ') || 'nothing'}, not of ${members.join(', ')}`]
  const meta = { expected: nvpairs(expected, 'meta_attributes'), found: nvpairs(found, 'meta_attributes') }
  return [
    ...ESSENTIAL_META.filter(name => meta.expected[name] !== meta.found[name]).map(
      name => `${idOf(expected)}: ${name} is ${meta.found[name] ?? 'not set'}`,
    ),
    ...descendants(expected, 'primitive').flatMap(primitive => {
      const same = byId(found, ['primitive'], idOf(primitive))
      return same ? primitiveDifferences(primitive, same) : []
    }),
  ]
}

function primitiveDifferences(expected: Element, found: Element): string[] {
  const id = idOf(expected)
  if (agentOf(found) !== agentOf(expected)) return [`${id} is ${agentOf(found)}, not ${agentOf(expected)}`]
  const actual = nvpairs(found, 'instance_attributes')
  return Object.entries(nvpairs(expected, 'instance_attributes'))
    .filter(([name, value]) => actual[name] !== value && (value !== HIDDEN_SECRET || actual[name] === undefined))
    .map(([name, value]) =>
      isSecret(name)
        ? `${id}: ${name} is not what it should be`
        : `${id}: ${name} is ${actual[name] ?? 'not set'}, not ${value}`,
    )
}

function agentOf({ attributes }: Element): string {
  return `${attributes.class}:${attributes.provider}:${attributes.type}`
}
