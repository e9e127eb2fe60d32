import type { Cloud, Vserver } from '../../../cloud/cloud.ts'
import { constraintElements, resourceElements } from '../../../cloud/compose/cib-xml.ts'
import { compose } from '../../../cloud/compose/compose.ts'
import { composeVserver } from '../../../cloud/compose/vservers/vserver.ts'
import { type Element, element, parseXml, printXml } from '../../../cloud/xml.ts'
import { remembered } from './remembered.ts'

interface TestCluster {
  readonly clouds: readonly Cloud[]
  /** On these clouds. */
  readonly vservers?: readonly Vserver[]
  /** All are online and may mount; node1 has the id 1. */
  readonly nodes: readonly string[]
}

/** Makes fencing possible; no test is about it. */
export const FENCING_DEVICE = 'sbd'

/** The parameters by which Pacemaker does not query the device for its targets. */
export const FENCING_HOSTS = 'sbd-hosts'

/** The CIB of a cluster with fencing, before anything is started or an agent has set a score. */
export function cibOf({ clouds, vservers = [], nodes }: TestCluster): string {
  const composed = vservers.flatMap(vserver =>
    clouds.filter(({ name }) => name === vserver.cloud).map(cloud => composeVserver(vserver, cloud)),
  )
  const compositions = [...clouds.map(compose), ...composed]
  const fence = element('primitive', { id: FENCING_DEVICE, class: 'stonith', type: 'external/sbd' }, [
    element('instance_attributes', { id: FENCING_HOSTS }, [nvpair(FENCING_HOSTS, 'pcmk_host_check', 'none')]),
  ])
  const configuration = element('configuration', {}, [
    element('crm_config', {}, [
      element('cluster_property_set', { id: 'options' }, [
        nvpair('options', 'stonith-enabled', 'true'),
        nvpair('options', 'cluster-name', 'lab'),
      ]),
    ]),
    element('nodes', {}, nodes.map(nodeElement)),
    element('resources', {}, [fence, ...compositions.flatMap(resourceElements)]),
    element('constraints', {}, compositions.flatMap(constraintElements)),
  ])
  const version = { epoch: '1', num_updates: '0', admin_epoch: '0', crm_feature_set: '3.15.0', 'have-quorum': '1' }
  const status = element('status', {}, nodes.map(nodeState))
  return printXml(element('cib', { 'validate-with': 'pacemaker-3.9', ...version }, [configuration, status]))
}

function nvpair(owner: string, name: string, value: string): Element {
  return element('nvpair', { id: `${owner}-${name}`, name, value })
}

function idOf(node: string): string {
  return node.replace(/^node/, '')
}

function nodeElement(node: string): Element {
  const attributes = element('instance_attributes', { id: `${node}-attributes` }, [nvpair(node, 'vhacs-vhost', 'true')])
  return element('node', { id: idOf(node), uname: node }, [attributes])
}

function nodeState(node: string): Element {
  const id = idOf(node)
  const lrm = element('lrm', { id }, [element('lrm_resources', {})])
  const isUp = { in_ccm: 'true', crmd: 'online', join: 'member', expected: 'member' }
  return element('node_state', { id, uname: node, ...isUp }, [lrm])
}

/** So many of three nodes take some ten megabytes. */
const MOST_PARSED = 100

/** The elements of a CIB: most tests begin with the same few. */
export const parsedCib = remembered(parseXml, MOST_PARSED)

/** The CIB with each element replaced by what `change` returns for it; undefined keeps it, [] removes it. */
export function edited(cib: string, change: (found: Element) => readonly Element[] | undefined): string {
  const rebuild = (found: Element): readonly Element[] =>
    change(found) ?? [{ ...found, children: found.children.flatMap(rebuild) }]
  const [root] = rebuild(parsedCib(cib))
  if (!root) throw new Error('the edit removed the whole CIB')
  return printXml(root)
}

/** The CIB without the element with that id. */
export function withoutId(cib: string, id: string): string {
  return edited(cib, ({ attributes }) => (attributes.id === id ? [] : undefined))
}

/** The CIB in which the element with that id has other attributes, or more. */
export function withAttributes(cib: string, id: string, attributes: Readonly<Record<string, string>>): string {
  return edited(cib, found =>
    found.attributes.id === id ? [{ ...found, attributes: { ...found.attributes, ...attributes } }] : undefined,
  )
}

/** The CIB with more children at the end of an element, which an id or the name of a section names. */
export function withChildren(cib: string, owner: string, ...added: readonly Element[]): string {
  return edited(cib, found =>
    (found.attributes.id ?? found.name) === owner ? [{ ...found, children: [...found.children, ...added] }] : undefined,
  )
}

/** Has a node out of the membership: it left in good order, or it died and will be fenced. */
export function withMembership(cib: string, node: string, how: 'left' | 'died'): string {
  const isDown = { in_ccm: 'false', crmd: 'offline', join: 'down', expected: how === 'left' ? 'down' : 'member' }
  return edited(cib, found =>
    found.name === 'node_state' && found.attributes.uname === node
      ? [{ ...found, attributes: { ...found.attributes, ...isDown } }]
      : undefined,
  )
}

/** Sets a permanent attribute of a node, as `crm_attribute --node` does. */
export function withNodeAttribute(cib: string, node: string, name: string, value: string): string {
  return edited(cib, found => {
    if (found.attributes.id !== `${node}-attributes`) return undefined
    const others = found.children.filter(({ attributes }) => attributes.name !== name)
    return [{ ...found, children: [...others, nvpair(node, name, value)] }]
  })
}

/** Removes the initiator name of a node from the CIB of a cluster. */
export function forgetInitiator(cluster: { cib: string }, node: string): void {
  cluster.cib = withoutId(cluster.cib, `${node}-vhacs-initiator`)
}

/** Sets a meta attribute of a group or clone, as `crm_resource --meta` does. */
export function withMeta(cib: string, resource: string, name: string, value: string): string {
  const set = `${resource}-meta_attributes`
  return withChildren(cib, set, nvpair(set, name, value))
}

/** What the agent does with `crm_attribute --promotion` once DRBD runs on the node. */
export function withPromotionScore(cib: string, node: string, resource: string, score: number): string {
  return withNodeState(cib, node, { [`master-${resource}`]: String(score) })
}

/** Replaces the transient attributes of a node, which it has until it leaves the cluster. */
export function withNodeState(cib: string, node: string, attributes: Readonly<Record<string, string>>): string {
  const id = idOf(node)
  const pairs = Object.entries(attributes).map(([name, value], index) =>
    element('nvpair', { id: `status-${id}-${index}`, name, value }),
  )
  const set = element('instance_attributes', { id: `status-${id}` }, pairs)
  return edited(cib, found => {
    if (found.name !== 'node_state' || found.attributes.uname !== node) return undefined
    const others = found.children.filter(child => child.name !== 'transient_attributes')
    return [{ ...found, children: [...others, element('transient_attributes', { id }, [set])] }]
  })
}
