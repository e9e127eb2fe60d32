import { currentRole } from '../cib/roles.ts'
import { primitiveId } from '../ids.ts'
import { descendants, type Element, elementIn, parseXml } from '../xml.ts'

/** A running resource; an instance of a clone has the id of its primitive. */
export interface ActiveResource {
  readonly id: string
  readonly node: string
  /** In the terms of OCF 1.1: `Started`, `Promoted`, `Unpromoted`. */
  readonly role: string
}

/**
 * The active resources in the XML of crm_mon, parsed already or not.
 * @throws Error for text that is not well-formed.
 * @see crm_mon(8), --output-as=xml
 */
export function parseActiveResources(monitor: string | Element): ActiveResource[] {
  return descendants(elementIn(monitor), 'resource').flatMap(asActive)
}

/** Other roles, such as `Starting`, belong to an action in progress. */
const SETTLED_ROLES = ['Started', 'Promoted', 'Unpromoted']

/**
 * The active resources without an action in progress, except a monitor, and without a failure: a resource is active as soon as its
 * start has begun.
 * @throws Error for text that is not well-formed.
 */
export function parseSettledResources(monitor: string | Element): ActiveResource[] {
  const settled = descendants(elementIn(monitor), 'resource').filter(
    ({ attributes: { pending = MONITORING, failed, blocked } }) =>
      pending === MONITORING && failed !== 'true' && blocked !== 'true',
  )
  return settled.flatMap(asActive).filter(({ role }) => SETTLED_ROLES.includes(role))
}

const MONITORING = 'Monitoring'

/** Ids of the resources with an action in progress, such as a start or a probe. */
export function parsePendingResources(text: string): string[] {
  return descendants(parseXml(text), 'resource').flatMap(({ attributes: { id = '', pending } }) =>
    pending === undefined ? [] : [primitiveId(id)],
  )
}

function asActive(resource: Element): ActiveResource[] {
  const { id = '', role = '', active } = resource.attributes
  if (active !== 'true') return []
  return descendants(resource, 'node').map(({ attributes: { name = '' } }) => ({
    id: primitiveId(id),
    node: name,
    role: currentRole(role),
  }))
}
