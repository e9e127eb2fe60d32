import { byId, idOf } from '../../../cloud/cib/elements.ts'
import { resourceElements } from '../../../cloud/compose/cib-xml.ts'
import type { Composition } from '../../../cloud/compose/composition.ts'
import { child, descendants, type Element } from '../../../cloud/xml.ts'
import { seconds } from '../../../system/pacemaker/duration.ts'

/** An operation in the CIB whose timeout is shorter than its agent requires. */
export interface ShortTimeout {
  /** Id of the primitive. */
  readonly resource: string
  /** Such as `promote`. */
  readonly action: string
  /** Id of the operation. */
  readonly operation: string
  readonly timeoutSeconds: number
  readonly neededSeconds: number
}

/** The operations of a cloud or vserver whose time-outs are shorter than those that are composed now; an operator may extend time-outs. */
export function shortTimeouts(composition: Composition, cib: Element): ShortTimeout[] {
  const resources = child(child(cib, 'configuration'), 'resources')
  return resourceElements(composition)
    .flatMap(resource => descendants(resource, 'primitive'))
    .flatMap(expected => {
      const actual = byId(resources, ['primitive'], idOf(expected))
      return descendants(actual, 'op').flatMap(operation => shortTimeout(expected, operation))
    })
}

function shortTimeout(expected: Element, { attributes }: Element): ShortTimeout[] {
  const { id = '', name: action = '', role } = attributes
  const same = descendants(expected, 'op').find(
    ({ attributes: other }) => other.name === action && (action !== 'monitor' || (other.role ?? role) === role),
  )
  const [neededSeconds, timeoutSeconds] = [seconds(same?.attributes.timeout), seconds(attributes.timeout)]
  if (neededSeconds === undefined || timeoutSeconds === undefined || timeoutSeconds >= neededSeconds) return []
  return [{ resource: idOf(expected), action, operation: id, timeoutSeconds, neededSeconds }]
}
