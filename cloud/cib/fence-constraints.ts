import { resourceIds } from '../names.ts'
import { child, descendants, type Element } from '../xml.ts'

/** A constraint by which DRBD has told Pacemaker that only one node's data of a cloud may be promoted. */
export interface FenceConstraint {
  readonly id: string
  /** The node whose data are good. */
  readonly goodNode: string
}

/**
 * The fences on a cloud in a CIB. crm-fence-peer.sh of drbd-utils puts them there when a primary loses its peer,
 * and crm-unfence-peer.sh takes them away after the resync.
 */
export function fenceConstraintsOn(cloud: string, cib: Element): FenceConstraint[] {
  const { drbdClone } = resourceIds(cloud)
  const constraints = child(child(cib, 'configuration'), 'constraints')
  return descendants(constraints, 'rsc_location')
    .filter(({ attributes: { id = '', rsc } }) => rsc === drbdClone && id.startsWith('drbd-fence-by-handler-'))
    .map(constraint => ({
      id: constraint.attributes.id ?? '',
      goodNode: descendants(constraint, 'expression')[0]?.attributes.value ?? '',
    }))
}
