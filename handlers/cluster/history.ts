import { stateElement } from '../../cloud/cib/read/node-state.ts'
import { child, descendants, type Element } from '../../cloud/xml.ts'
import { withoutInstanceNumber } from '../../system/pacemaker/ids.ts'

/*
 * Whether a resource is promoted on a node, from Pacemaker's record of the last action of each kind there.
 * @see Pacemaker, lib/pengine/unpack.c: unpack_rsc_op()
 */

/** The agent's exit codes for a promoted resource in a monitor: running, failed, degraded. */
const PROMOTED = [8, 9, 191]
const NOT_PROMOTED = [0, 7, 190]

/** A promotion that has begun, or failed half-way, counts: the node may be primary. */
export function mayBePromoted(cib: Element, node: string, primitive: string): boolean {
  const resources = descendants(stateElement(child(cib, 'status'), node), 'lrm_resource').filter(
    ({ attributes: { id = '' } }) => withoutInstanceNumber(id) === primitive,
  )
  return resources.some(resource => mayEndPromoted(descendants(resource, 'lrm_rsc_op')))
}

function mayEndPromoted(operations: readonly Element[]): boolean {
  const isPending = ({ attributes }: Element) => attributes['op-status'] === '-1' || attributes['rc-code'] === '193'
  if (operations.some(one => one.attributes.operation === 'promote' && isPending(one))) return true
  const ended = operations.filter(one => !isPending(one)).toSorted((one, other) => callOf(other) - callOf(one))
  return ended.map(roleAfter).find(role => role !== undefined) === 'promoted'
}

function callOf({ attributes }: Element): number {
  return Number(attributes['call-id'] ?? Number.NaN) || 0
}

/** Undefined if the action shows nothing about the role. */
function roleAfter({ attributes: { operation, 'rc-code': code = '' } }: Element): 'promoted' | 'other' | undefined {
  if (operation === 'promote') return 'promoted'
  if (operation === 'start') return 'other'
  // a failed action has not certainly changed the role
  if (operation === 'demote' || operation === 'stop') return code === '0' ? 'other' : undefined
  if (operation !== 'monitor') return undefined
  if (PROMOTED.includes(Number(code))) return 'promoted'
  return NOT_PROMOTED.includes(Number(code)) ? 'other' : undefined
}
