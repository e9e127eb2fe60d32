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
  const transient = child(stateElement(child(cib, 'status'), node), 'transient_attributes')
  const pairs = descendants(transient, 'nvpair').flatMap(({ attributes: { name = '', value = '' } }) => {
    const [, resource] = FAIL_COUNT.exec(name) ?? []
    return resource !== undefined && resources.includes(resource) ? [{ resource, count: scoreOf(value) }] : []
  })
  return [...Map.groupBy(pairs, ({ resource }) => resource)].flatMap(([resource, counts]) => {
    const failed = counts.reduce((sum, { count }) => sum + count, 0)
    if (failed < threshold(cib, resource)) return []
    const how = failed >= INFINITY ? 'failed there' : `failed ${failed} times there`
    const what = `Pacemaker does not start ${resource} on ${node} again, because it has ${how}`
    return [{ what, todo: `crm_resource --cleanup -r ${resource} -N ${node}`, concerns: 'cloud' as const }]
  })
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
