import { byId, idOf, nvpairs } from '../../cloud/cib/elements.ts'
import { child, descendants, type Element } from '../../cloud/xml.ts'
import { seconds } from '../../system/pacemaker/duration.ts'

/** Pacemaker's resource for a resource of DRBD. */
export interface DrbdClone {
  /** Id of the promotable clone. */
  readonly clone: string
  readonly primitive: string
  /** The timeout of a promotion. */
  readonly promoteSeconds: number
}

/** Pacemaker's default, for an operation that the CIB does not specify. */
const DEFAULT_SECONDS = 20

/**
 * The clone, or the master of older CIBs, with a primitive whose drbd_resource is that of DRBD.
 * @throws RangeError unless there is exactly one.
 */
export function drbdClone(cib: Element, resource: string): DrbdClone {
  const resources = child(child(cib, 'configuration'), 'resources')
  const clones = ['clone', 'master'].flatMap(name => descendants(resources, name))
  const found = clones.flatMap(clone =>
    descendants(clone, 'primitive').flatMap(primitive => {
      const { drbd_resource, promote } = specified(primitive, resources)
      if (drbd_resource !== resource) return []
      return [{ clone: idOf(clone), primitive: idOf(primitive), promoteSeconds: promote }]
    }),
  )
  const [first, ...others] = found
  if (first === undefined)
    throw new RangeError(
      `no clone in the CIB has a resource with drbd_resource="${resource}": the cluster does not run it`,
    )
  if (others.length > 0) {
    const clones = found.map(({ clone }) => clone).join(', ')
    throw new RangeError(`several clones in the CIB have a resource with drbd_resource="${resource}": ${clones}`)
  }
  return first
}

/** A primitive's own settings override those of its template. */
function specified(primitive: Element, resources: Element | undefined) {
  const template = byId(resources, ['template'], primitive.attributes.template ?? '')
  const owners = template === undefined ? [primitive] : [primitive, template]
  const parameters = owners.map(owner => nvpairs(owner, 'instance_attributes').drbd_resource)
  const promotes = owners.flatMap(owner => descendants(owner, 'op')).filter(one => one.attributes.name === 'promote')
  const timeouts = promotes.map(({ attributes }) => seconds(attributes.timeout))
  return {
    drbd_resource: parameters.find(value => value !== undefined),
    promote: timeouts.find(value => value !== undefined) ?? DEFAULT_SECONDS,
  }
}
