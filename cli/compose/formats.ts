import type { PlacedVserver } from '../../cloud/change/vservers/merge-vserver.ts'
import { nvpairs } from '../../cloud/cib/elements.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import { constraintElements, resourceElements } from '../../cloud/compose/cib-xml.ts'
import { commentsOn, commentsOnVserver } from '../../cloud/compose/comments.ts'
import { compose } from '../../cloud/compose/compose.ts'
import type { Composition } from '../../cloud/compose/composition.ts'
import { crmNodeText, crmText } from '../../cloud/compose/crm-text.ts'
import { pcsCommands, pcsNodeCommand, shellText } from '../../cloud/compose/pcs-commands.ts'
import { composeVserver } from '../../cloud/compose/vservers/vserver.ts'
import type { Configuration } from '../../cloud/configuration.ts'
import { type NodeAttributes, nodeAttributes } from '../../cloud/node-attributes.ts'
import { child, type Element, element, printXml } from '../../cloud/xml.ts'

export const FORMATS = ['crm', 'xml', 'pcs'] as const
export type Format = (typeof FORMATS)[number]

/** The input of a composition. */
export interface Composed {
  readonly clouds: readonly Cloud[]
  readonly vservers: readonly PlacedVserver[]
  readonly nodes: Configuration['nodes']
  /** The CIB with the nodes; undefined without a cluster. */
  readonly cib: Element | undefined
}

/** The clouds and the attributes of the nodes, for one of the configuration tools. */
export function composedText(format: Format, composed: Composed): string {
  return { crm, xml, pcs }[format](composed)
}

function crm({ clouds, vservers, nodes, cib }: Composed): string {
  const known = knownNodes(nodes, cib)
  const parts = [
    ...(known.length > 0 ? [known.map(({ attributes, setId }) => crmNodeText(attributes, setId)).join('')] : []),
    ...clouds.map(cloud => {
      const hasVservers = vservers.some(({ vserver }) => vserver.cloud === cloud.name)
      return crmText(compose(cloud), commentsOn(cloud, hasVservers))
    }),
    ...vservers.map(({ vserver, cloud }) => crmText(composeVserver(vserver, cloud), commentsOnVserver(vserver, cloud))),
  ]
  return parts.join('\n')
}

function pcs({ clouds, vservers, nodes, cib }: Composed): string {
  const commands = [
    ...knownNodes(nodes, cib).map(({ attributes }) => pcsNodeCommand(attributes)),
    ...compositionsOf({ clouds, vservers }).flatMap(pcsCommands),
  ]
  return `${PCS_HEAD}${commands.map(words => `pcs -f cib.xml ${shellText(words)}\n`).join('')}${PCS_END}`
}

/** The commands change a copy: a cluster would act on each one, and start what a later one prevents. */
const PCS_HEAD = `# first:
# pcs cluster cib cib.xml && cp cib.xml cib-before.xml
`
const PCS_END = `# then:
# pcs cluster cib-push cib.xml diff-against=cib-before.xml
`

/** For `cibadmin --modify --allow-create --scope configuration --xml-file FILE`. */
function xml({ clouds, vservers, nodes, cib }: Composed): string {
  const compositions = compositionsOf({ clouds, vservers })
  const known = knownNodes(nodes, cib)
  return printXml(
    element('configuration', {}, [
      ...(known.length > 0 ? [element('nodes', {}, known.map(nodeElement))] : []),
      element('resources', {}, compositions.flatMap(resourceElements)),
      element('constraints', {}, compositions.flatMap(constraintElements)),
    ]),
  )
}

function compositionsOf({ clouds, vservers }: Pick<Composed, 'clouds' | 'vservers'>): Composition[] {
  return [...clouds.map(compose), ...vservers.map(({ vserver, cloud }) => composeVserver(vserver, cloud))]
}

interface NodeInCib {
  readonly attributes: NodeAttributes
  readonly found: Element
  /** The id of the node's set of attributes: an existing set must keep it. */
  readonly setId: string
}

/** Only nodes that are in the CIB, because a tool would create the others. */
function knownNodes(nodes: Configuration['nodes'], cib: Element | undefined): NodeInCib[] {
  const section = child(child(cib, 'configuration'), 'nodes')
  return nodes.flatMap(({ name, roles = [], initiator }) => {
    const found = section?.children.find(({ attributes }) => attributes.uname === name)
    const attributes = nodeAttributes(name, { roles, initiator })
    if (found === undefined || Object.keys(attributes.attributes).length === 0) return []
    const setId = child(found, 'instance_attributes')?.attributes.id ?? `nodes-${found.attributes.id}`
    return [{ attributes, found, setId }]
  })
}

/** In the node's own set: an existing attribute must keep its id. */
function nodeElement({ attributes: { name, attributes }, found, setId: id }: NodeInCib): Element {
  const set = child(found, 'instance_attributes')
  const present = nvpairs(found, 'instance_attributes')
  const pairs = Object.entries(attributes).map(([key, value]) => {
    const pair = present[key] === undefined ? undefined : set?.children.find(({ attributes: own }) => own.name === key)
    return element('nvpair', { id: pair?.attributes.id ?? `${id}-${key}`, name: key, value })
  })
  return element('node', { id: found.attributes.id ?? '', uname: name }, [
    element('instance_attributes', { id }, pairs),
  ])
}
