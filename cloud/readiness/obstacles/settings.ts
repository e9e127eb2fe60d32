import { booleanIn, byId, idOf, nvpairs } from '../../cib/elements.ts'
import { currentRole } from '../../cib/roles.ts'
import { child, type Element } from '../../xml.ts'
import type { Obstacle } from '../obstacle.ts'
import type { Situation } from '../situation.ts'

/** Meta attributes of these resources, and defaults of all, by which Pacemaker leaves them alone or keeps them stopped. */
export function settings({ cib }: Situation, resources: readonly string[]): Obstacle[] {
  const configuration = child(cib, 'configuration')
  const own = resources.flatMap(id => {
    const resource = byId(child(configuration, 'resources'), ['primitive', 'group', 'clone'], id)
    return resource === undefined ? [] : ofResource(resource)
  })
  const defaults = child(configuration, 'rsc_defaults')
  return [...own, ...(defaults === undefined ? [] : hindering(defaults).map(ofDefaults))]
}

function ofResource(resource: Element): Obstacle[] {
  const id = idOf(resource)
  return hindering(resource).map(({ name, value }) => ({
    what: `${id} has ${name}=${value}: ${EFFECTS[name]}`,
    todo: `crm_resource -r ${id} --meta -d ${name}`,
    concerns: 'cloud',
  }))
}

function ofDefaults({ name, value }: Setting): Obstacle {
  const what = `the default of all resources is ${name}=${value}: ${EFFECTS[name]}`
  return { what, todo: `cibadmin --delete --xpath "//rsc_defaults//nvpair[@name='${name}']"`, concerns: 'clouds' }
}

const EFFECTS = {
  'is-managed': 'Pacemaker neither stops nor moves it',
  maintenance: 'Pacemaker neither monitors nor moves it',
  'target-role': 'Pacemaker does not run it in the role that is needed',
} as const

interface Setting {
  readonly name: keyof typeof EFFECTS
  readonly value: string
}

function hindering(owner: Element): Setting[] {
  const values = nvpairs(owner, 'meta_attributes')
  const { 'is-managed': managed, maintenance, 'target-role': role } = values
  return [
    ...(managed !== undefined && booleanIn(managed) === false ? [{ name: 'is-managed', value: managed } as const] : []),
    ...(maintenance !== undefined && booleanIn(maintenance) === true
      ? [{ name: 'maintenance', value: maintenance } as const]
      : []),
    ...(role !== undefined && ['stopped', 'Unpromoted'].includes(stoppingRole(role))
      ? [{ name: 'target-role', value: role } as const]
      : []),
  ]
}

/** Pacemaker ignores the case of roles. */
function stoppingRole(role: string): string {
  return role.toLowerCase() === 'stopped' ? 'stopped' : currentRole(role)
}
