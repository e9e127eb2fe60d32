import { primitiveId } from '../../ids.ts'
import { child, descendants, type Element } from '../../xml.ts'
import { booleanIn } from '../elements.ts'

/*
 * Pacemaker's view of a node, in the node_state elements of the CIB. Until 2.1.6, in_ccm is true or false, and crmd is online or
 * offline; since 2.1.7 (crm_feature_set 3.18.0) both are the time since which that holds, or 0. A node that has left the group of
 * controllers, but not the cluster, has in_ccm="1" there.
 * @see Pacemaker, lib/pengine/unpack.c: unpack_node_member(), unpack_node_online(), determine_online_status_fencing()
 */

/** Pacemaker's record of a node. */
export interface NodeState {
  /** Whether it is in corosync's membership; undefined where Pacemaker could not tell either. */
  readonly isMember: boolean | undefined
  /** Whether its controller is in the group of controllers. */
  readonly isOnline: boolean
  readonly join: string | undefined
  readonly expected: string | undefined
  /** Whether Pacemaker has a history of its resources. Fencing deletes the history; a shutdown keeps it. */
  readonly hasHistory: boolean
}

/** The state of a node in the status of a CIB; undefined if the status does not contain one. */
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

/** Ids of the primitives of which Pacemaker has a history on a node. */
export function recordedResources(status: Element | undefined, node: string): string[] {
  const state = stateElement(status, node)
  return state ? descendants(state, 'lrm_resource').map(({ attributes: { id = '' } }) => primitiveId(id)) : []
}

export function stateElement(status: Element | undefined, node: string): Element | undefined {
  return status?.children.find(({ name, attributes }) => name === 'node_state' && attributes.uname === node)
}

const SECONDS = /^\d{1,15}$/

function memberIn(text: string | undefined): boolean | undefined {
  return booleanIn(text) ?? (SECONDS.test(text ?? '') ? Number(text) > 0 : undefined)
}

/** As in Pacemaker, an unknown form counts as offline, which is weaker than confirmed down. */
function isOnline(text = ''): boolean {
  return text.toLowerCase() === 'online' || (SECONDS.test(text) && Number(text) > 0)
}
