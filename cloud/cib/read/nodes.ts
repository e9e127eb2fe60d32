import { parseNodeName } from '../../names.ts'
import { INITIATOR_ATTRIBUTE, parseInitiator, STORAGE_ATTRIBUTE, VHOST_ATTRIBUTE } from '../../node-attributes.ts'
import { valueText } from '../../problem.ts'
import { child, type Element } from '../../xml.ts'
import { nvpairs } from '../elements.ts'
import { type DefinedNode, definedNodes } from './defined-nodes.ts'
import { type NodeState, nodeState, stateElement } from './node-state.ts'

/** A member of the cluster. */
export interface ClusterNode {
  readonly name: string
  /** Undefined when the CIB has no status. */
  readonly isOnline: boolean | undefined
  /** Its permanent attributes, without invalid ones of ours. */
  readonly attributes: Readonly<Record<string, string>>
}

/** An unexpected value in a CIB about a node, which is not used. */
export interface NodeFault {
  /** Such as `node attribute vhacs-initiator of node beta`. */
  readonly place: string
  readonly why: string
  readonly todo: string
}

export interface NodesOfCib {
  readonly nodes: readonly ClusterNode[]
  /** The nodes that are not members. */
  readonly others: readonly Pick<DefinedNode, 'name' | 'kind'>[]
  readonly faults: readonly NodeFault[]
}

/** The nodes of a CIB; a node with an invalid name is a fault. */
export function readNodes(configuration: Element, status: Element | undefined): NodesOfCib {
  const defined = definedNodes(configuration)
  const members = defined.filter(({ kind }) => kind === 'member')
  const named = members.filter(({ name }) => faultOf(name, parseNodeName) === undefined)
  const { used, faults } = oncePerName(named, status)
  const read = used.map(node => memberIn(node, status))
  return {
    nodes: read.map(({ node }) => node),
    others: defined.filter(({ kind }) => kind !== 'member').map(({ name, kind }) => ({ name, kind })),
    faults: [
      ...members.flatMap(({ name, element }) => {
        const why = faultOf(name, parseNodeName)
        if (why === undefined) return []
        const todo = 'give the node another name in /etc/corosync/corosync.conf; vhacs leaves it out until then'
        return [{ place: `name of the node with the id ${idIn(element)}`, why, todo }]
      }),
      ...faults,
      ...read.flatMap(({ faults: ofAttributes }) => ofAttributes),
    ],
  }
}

/**
 * A node that was reinstalled with another id keeps its old entry. The entry that Pacemaker has a state of is used or, without a
 * status, one with attributes.
 */
function oncePerName(named: readonly DefinedNode[], status: Element | undefined) {
  const hasState = (node: DefinedNode) => idIn(stateElement(status, node.name)) === idIn(node.element)
  const groups = [...Map.groupBy(named, ({ name }) => name).values()]
  const hasAttributes = ({ element }: DefinedNode) => child(element, 'instance_attributes') !== undefined
  const chosen = groups.map(group => [group.find(hasState) ?? group.find(hasAttributes) ?? group[0], group] as const)
  return {
    used: chosen.flatMap(([one]) => one ?? []),
    faults: chosen.flatMap(([one, group]) =>
      group.filter(other => other !== one).map(other => repeatedName(other, idIn(one?.element))),
    ),
  }
}

function repeatedName({ name, element }: DefinedNode, usedId: string): NodeFault {
  const id = idIn(element)
  const entry = /^\d+$/.test(id) ? `with: cibadmin --delete --xpath "//nodes/node[@id='${id}']"` : 'by hand'
  return {
    place: `name of the node with the id ${id}`,
    why: `it is ${valueText(name)}, as is that of the node with the id ${usedId}`,
    todo:
      id === usedId ? 'remove one of the two entries by hand' : `remove the entry of the node that is gone ${entry}`,
  }
}

function idIn(found: Element | undefined): string {
  return found?.attributes.id ?? ''
}

/** The parsers of our attributes; all other attributes are the operator's. */
const PARSERS: ReadonlyMap<string, (text: string) => string> = new Map([
  [STORAGE_ATTRIBUTE, parseRole],
  [VHOST_ATTRIBUTE, parseRole],
  [INITIATOR_ATTRIBUTE, parseInitiator],
])

function memberIn({ name, element }: DefinedNode, status: Element | undefined) {
  // an empty status has no meaning: a CIB in a file has none
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

/** What is wrong with a value; undefined when it is valid. */
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
