import { child, type Element, element, parseXml, printXml } from '../xml.ts'
import { type DefinedNode, definedNodes } from './read/defined-nodes.ts'

/**
 * The text of a CIB with a status in which all nodes are online and nothing is running. crm_verify schedules actions, and would
 * report a node that is being fenced, or whose state is unknown, as an error of the configuration.
 * @throws Error for text that is not well-formed.
 */
export function verifiable(text: string): string {
  const cib = parseXml(text)
  const configuration = child(cib, 'configuration') ?? element('configuration', {})
  const status = element('status', {}, definedNodes(configuration).map(online))
  return printXml({ ...cib, children: [...cib.children.filter(({ name }) => name !== 'status'), status] })
}

function online({ name, kind, element: node }: DefinedNode): Element {
  const isUp = { in_ccm: 'true', crmd: 'online', join: 'member', expected: 'member' }
  const id = node?.attributes.id ?? name
  return element('node_state', { id, uname: name, ...(kind !== 'member' && { remote_node: 'true' }), ...isUp })
}
