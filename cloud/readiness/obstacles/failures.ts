import { byId, nvpairs } from '../../cib/elements.ts'
import { stateElement } from '../../cib/read/node-state.ts'
import { scoreOf } from '../../cib/score.ts'
import { child, descendants, type Element } from '../../xml.ts'
import type { Obstacle } from '../obstacle.ts'
import type { Situation } from '../situation.ts'

/** `fail-count-c0-target#start_0`, also without the operation, or with the number of an instance. */
const FAIL_COUNT = /^fail-count-([^#:]+)/

/** Failures of these resources on a node, so many that Pacemaker does not start them there again. */
export function failures({ cib }: Situation, node: string, resources: readonly string[]): Obstacle[] {
  const state = stateElement(child(cib, 'status'), node)
  const counts = state === undefined ? new Map<string, number>() : failCounts(state)
  return resources.flatMap(resource => {
    const failed = counts.get(resource) ?? 0
    if (failed === 0 || failed < threshold(cib, resource)) return []
    const how = failed >= INFINITY ? 'failed there' : `failed ${failed} times there`
    const what = `Pacemaker does not start ${resource} on ${node} again, because it has ${how}`
    return [{ what, todo: `crm_resource --cleanup -r ${resource} -N ${node}`, concerns: 'cloud' as const }]
  })
}

/** Elements never change: each state is read once, however many clouds are judged. */
const known = new WeakMap<Element, ReadonlyMap<string, number>>()

/** How often each resource has failed on the node of a state. */
function failCounts(state: Element): ReadonlyMap<string, number> {
  const read = known.get(state)
  if (read !== undefined) return read
  const counts = new Map<string, number>()
  for (const { attributes } of descendants(child(state, 'transient_attributes'), 'nvpair')) {
    const [, resource] = FAIL_COUNT.exec(attributes.name ?? '') ?? []
    if (resource !== undefined) counts.set(resource, (counts.get(resource) ?? 0) + scoreOf(attributes.value ?? ''))
  }
  known.set(state, counts)
  return counts
}

const INFINITY = 1_000_000

/** The migration-threshold of a primitive, of what it is in, or the default of all. */
function threshold(cib: Element, primitive: string): number {
  const configuration = child(cib, 'configuration')
  const resources = child(configuration, 'resources')
  const own = byId(resources, ['primitive'], primitive)
  const around = (resources?.children ?? []).find(({ children }) => children.some(inner => inner === own))
  const owners = [own, around, child(configuration, 'rsc_defaults')]
  const values = owners.flatMap(owner => {
    const value = owner && nvpairs(owner, 'meta_attributes')['migration-threshold']
    return value === undefined ? [] : [scoreOf(value)]
  })
  // 0 is none, as is no value
  return values[0] || INFINITY
}
