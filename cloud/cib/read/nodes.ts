import { parseNodeName } from '../../names.ts'
import { INITIATOR_ATTRIBUTE, parseInitiator, STORAGE_ATTRIBUTE, VHOST_ATTRIBUTE } from '../../node-attributes.ts'
import { valueText } from '../../problem.ts'
import { child, type Element } from '../../xml.ts'
import { nvpairs } from '../elements.ts'
import { type DefinedNode, definedNodes } from './defined-nodes.ts'
import { type NodeState, nodeState } from './node-state.ts'

/** A member of the cluster. */
export interface ClusterNode {
  readonly name: string
  /** Undefined when the CIB has no status. */
  readonly isOnline: boolean | undefined
  /** Its permanent attributes, without those of ours that are wrong. */
  readonly attributes: Readonly<Record<string, string>>
}

/** What a CIB says about a node and is not of the kind that is expected there, so that it is not used. */
export interface NodeFault {
  /** Such as `node attribute vhacs-initiator of node beta`. */
  readonly place: string
  readonly why: string
  readonly todo: string
}

export interface NodesOfCib {
  readonly nodes: readonly ClusterNode[]
  /** Those that are no members. */
  readonly others: readonly Pick<DefinedNode, 'name' | 'kind'>[]
  readonly faults: readonly NodeFault[]
}

/** The nodes of a CIB; one whose name is none is a fault. */
export function readNodes(configuration: Element, status: Element | undefined): NodesOfCib {
  const defined = definedNodes(configuration)
  const members = defined.filter(({ kind }) => kind === 'member')
  const named = members.filter(({ name }) => faultOf(name, parseNodeName) === undefined)
  const read = named.map(node => memberIn(node, status))
  return {
    nodes: read.map(({ node }) => node),
    others: defined.filter(({ kind }) => kind !== 'member').map(({ name, kind }) => ({ name, kind })),
    faults: [
      ...members.flatMap(({ name, element }) => {
        const why = faultOf(name, parseNodeName)
        if (why === undefined) return []
        const todo = 'give the node another name in /etc/corosync/corosync.conf; vhacs leaves it out until then'
        return [{ place: `name of the node with the id ${element?.attributes.id ?? ''}`, why, todo }]
      }),
      ...read.flatMap(({ faults }) => faults),
    ],
  }
}

/** The parsers of our attributes; all others are the operator's. */
const PARSERS: ReadonlyMap<string, (text: string) => string> = new Map([
  [STORAGE_ATTRIBUTE, parseRole],
  [VHOST_ATTRIBUTE, parseRole],
  [INITIATOR_ATTRIBUTE, parseInitiator],
])

function memberIn({ name, element }: DefinedNode, status: Element | undefined) {
  // an empty status says nothing: a CIB in a file has none
  const isEmpty = child(status, 'node_state') === undefined
  const isOnline = isEmpty ? undefined : hasJoined(nodeState(status, name))
  const all = Object.entries(element ? nvpairs(element, 'instance_attributes') : {})
  const faults = all.flatMap(([attribute, value]) => {
    const why = faultOf(value, PARSERS.get(attribute))
    const todo = `correct it, or remove it with "crm_attribute --node ${name} --name ${attribute} --delete"`
    return why === undefined ? [] : [{ attribute, place: `node attribute ${attribute} of node ${name}`, why, todo }]
  })
  const good = all.filter(([attribute]) => faults.every(fault => fault.attribute !== attribute))
  const attributes = Object.fromEntries(
    good.map(([attribute, value]) => [attribute, PARSERS.get(attribute)?.(value) ?? value]),
  )
  const node: ClusterNode = { name, isOnline, attributes }
  return { node, faults: faults.map(({ place, why, todo }) => ({ place, why, todo })) }
}

function parseRole(text: string): string {
  if (!['true', 'false'].includes(text)) throw new RangeError('true is expected for a node with the role')
  return text
}

/** What is wrong with a value; undefined when it is right. */
function faultOf(value: string, parse: ((text: string) => string) | undefined): string | undefined {
  try {
    parse?.(value)
    return undefined
  } catch (error) {
    if (error instanceof RangeError) return `it is ${valueText(value)}: ${error.message}`
    throw error
  }
}

/** Whether the node is up: in the membership, with a running controller that has joined. */
function hasJoined(state: NodeState | undefined): boolean {
  return state?.isMember === true && state.isOnline && state.join === 'member'
}
