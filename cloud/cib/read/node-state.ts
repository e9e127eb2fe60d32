import { child, type Element } from '../../xml.ts'
import { booleanIn } from '../elements.ts'

/*
 * What Pacemaker knows of a node, in the node_state elements of the CIB. Until 2.1.6, in_ccm is true or false, and crmd online or
 * offline; since 2.1.7 (crm_feature_set 3.18.0) both are the time since when it is so, and 0 when it is not. A node that has left
 * the group of controllers, but not the cluster, has in_ccm="1" there.
 * @see Pacemaker, lib/pengine/unpack.c: unpack_node_member(), unpack_node_online(), determine_online_status_fencing()
 */

/** What Pacemaker records of a node. */
export interface NodeState {
  /** Whether corosync has it in the membership; undefined where Pacemaker would not know either. */
  readonly isMember: boolean | undefined
  /** Whether its controller is in the group of controllers. */
  readonly isOnline: boolean
  readonly join: string | undefined
  readonly expected: string | undefined
  /** Whether Pacemaker knows what ran on it. After it has been fenced that is deleted; after a shutdown it stays. */
  readonly hasHistory: boolean
}

/** The state of a node in the status of a CIB; undefined where there is none. */
export function nodeState(status: Element | undefined, node: string): NodeState | undefined {
  const found = stateElement(status, node)
  if (found === undefined) return undefined
  const { in_ccm, crmd, join, expected } = found.attributes
  return {
    isMember: memberIn(in_ccm),
    isOnline: isOnline(crmd),
    join,
    expected,
    hasHistory: child(found, 'lrm') !== undefined,
  }
}

export function stateElement(status: Element | undefined, node: string): Element | undefined {
  return status?.children.find(({ name, attributes }) => name === 'node_state' && attributes.uname === node)
}

const SECONDS = /^\d{1,15}$/

function memberIn(text: string | undefined): boolean | undefined {
  return booleanIn(text) ?? (SECONDS.test(text ?? '') ? Number(text) > 0 : undefined)
}

/** As in Pacemaker, a form that is unknown is offline: that is less than being known to be down. */
function isOnline(text = ''): boolean {
  return text.toLowerCase() === 'online' || (SECONDS.test(text) && Number(text) > 0)
}
