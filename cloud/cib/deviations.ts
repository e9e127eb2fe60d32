import { drbdCloud } from '../../agents/drbd-cloud/index.ts'
import type { Cloud } from '../cloud.ts'
import { HIDDEN_SECRET, isSecret } from '../compose/chap.ts'
import { constraintElements, resourceElements } from '../compose/cib-xml.ts'
import { compose } from '../compose/compose.ts'
import type { Composition } from '../compose/composition.ts'
import { constraintIds } from '../ids.ts'
import { child, descendants, type Element } from '../xml.ts'
import { canonicalConstraint } from './canonical-constraint.ts'
import { agentOf, byId, idOf, memberIds, nvpairs } from './elements.ts'

/** It determines the kind of clone; operators may tune all other meta attributes. */
export const ESSENTIAL_META: readonly string[] = ['promotable']

/**
 * Whether a primitive in a CIB lacks a parameter that earlier versions did not compose. It works as it did then, and an addition
 * would restart it, so that is left to the operator.
 */
export function lacksLaterParameter(primitive: Element, name: string): boolean {
  const isLater = agentOf(primitive) === DRBD && name === 'portals'
  return isLater && nvpairs(primitive, 'instance_attributes')[name] === undefined
}

/** Whether earlier versions did not compose a constraint; a cloud without it works as it did then. */
export function isLaterConstraint({ name }: Cloud, constraint: Element): boolean {
  return idOf(constraint) === constraintIds(name).linked
}

const DRBD = `ocf:vhacs:${drbdCloud.name}`

/**
 * The deviations of a CIB's configuration from what the composer would create for the cloud: one short sentence each. Timeouts,
 * intervals, scores, preferred vhosts and parameters that the composer leaves out may differ.
 */
export function deviations(cloud: Cloud, configuration: Element): string[] {
  const composition = compose({ ...cloud, preferredVhosts: [] })
  return compositionDeviations(composition, configuration, constraint => isLaterConstraint(cloud, constraint))
}

/** The same for any composition; constraints that are optional may be missing. */
export function compositionDeviations(
  composition: Composition,
  configuration: Element,
  isOptional: (constraint: Element) => boolean = () => false,
): string[] {
  const resources = child(configuration, 'resources')
  const constraints = child(configuration, 'constraints')
  return [
    ...resourceElements(composition).flatMap(expected => {
      const actual = byId(resources, [expected.name], idOf(expected))
      return actual ? resourceDeviations(expected, actual) : [missing(expected)]
    }),
    ...constraintElements(composition).flatMap(expected => {
      const actual = byId(constraints, [expected.name], idOf(expected))
      if (!actual) return isOptional(expected) ? [] : [missing(expected)]
      return canonicalConstraint(actual) === canonicalConstraint(expected)
        ? []
        : [`the constraint ${idOf(expected)} is different`]
    }),
  ]
}

function missing(expected: Element): string {
  const kind = expected.name.startsWith('rsc_') ? 'constraint' : expected.name
  return `the ${kind} ${idOf(expected)} is missing`
}

function resourceDeviations(expected: Element, actual: Element): string[] {
  const members = memberIds(expected)
  if (memberIds(actual).join() !== members.join())
    return [`${idOf(expected)} consists of ${memberIds(actual).join(', ') || 'nothing'}, not of ${members.join(', ')}`]
  const meta = { expected: nvpairs(expected, 'meta_attributes'), actual: nvpairs(actual, 'meta_attributes') }
  return [
    ...ESSENTIAL_META.filter(name => meta.expected[name] !== meta.actual[name]).map(
      name => `${idOf(expected)}: ${name} is ${meta.actual[name] ?? 'not set'}`,
    ),
    ...descendants(expected, 'primitive').flatMap(primitive => {
      const same = byId(actual, ['primitive'], idOf(primitive))
      return same ? primitiveDeviations(primitive, same) : []
    }),
  ]
}

function primitiveDeviations(expected: Element, actual: Element): string[] {
  const id = idOf(expected)
  if (agentOf(actual) !== agentOf(expected)) return [`${id} is ${agentOf(actual)}, not ${agentOf(expected)}`]
  const values = withInitiators(nvpairs(actual, 'instance_attributes'))
  return Object.entries(nvpairs(expected, 'instance_attributes'))
    .filter(([name, value]) => values[name] !== value && (value !== HIDDEN_SECRET || values[name] === undefined))
    .filter(([name]) => !lacksLaterParameter(actual, name))
    .map(([name, value]) =>
      isSecret(name) ? `${id}: ${name} is wrong` : `${id}: ${name} is ${values[name] ?? 'not set'}, not ${value}`,
    )
}

/** Initiator names are compared without regard to case. */
function withInitiators(values: Record<string, string>): Record<string, string> {
  const { allowed_initiators: initiators } = values
  return initiators === undefined ? values : { ...values, allowed_initiators: initiators.toLowerCase() }
}
