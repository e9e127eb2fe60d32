import type { Cloud } from '../../../cloud/cloud.ts'
import { constraintElements, resourceElements } from '../../../cloud/compose/cib-xml.ts'
import { compose } from '../../../cloud/compose/compose.ts'
import { type Element, element, parseXml, printXml } from '../../../cloud/xml.ts'

interface TestCluster {
  readonly clouds: readonly Cloud[]
  /** All of them are online and may mount; node1 has the id 1. */
  readonly nodes: readonly string[]
}

/** It is there to make fencing possible, and of no interest to any test. */
export const FENCING_DEVICE = 'sbd'

/** A CIB as a cluster with fencing has it, in which nothing has been started and no agent has set a score. */
export function cibOf({ clouds, nodes }: TestCluster): string {
  const compositions = clouds.map(compose)
  const fence = element('primitive', { id: FENCING_DEVICE, class: 'stonith', type: 'external/sbd' })
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

/** The CIB with each element that `change` names replaced by what it returns; undefined keeps it, [] removes it. */
export function edited(cib: string, change: (found: Element) => readonly Element[] | undefined): string {
  const rebuild = (found: Element): readonly Element[] =>
    change(found) ?? [{ ...found, children: found.children.flatMap(rebuild) }]
  const [root] = rebuild(parseXml(cib))
  if (!root) throw new Error('the edit removed the whole CIB')
  return printXml(root)
}

/** Has a node out of the membership: it left in good order, or it died and is to be fenced. */
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

/** Has the CIB of a cluster not know the initiator name of a node. */
export function forgetInitiator(cluster: { cib: string }, node: string): void {
  cluster.cib = edited(cluster.cib, ({ attributes }) => (attributes.id === `${node}-vhacs-initiator` ? [] : undefined))
}

/** Sets a meta attribute of a group or clone, as `crm_resource --meta` does. */
export function withMeta(cib: string, resource: string, name: string, value: string): string {
  const set = `${resource}-meta_attributes`
  return edited(cib, found =>
    found.attributes.id === set ? [{ ...found, children: [...found.children, nvpair(set, name, value)] }] : undefined,
  )
}

/** What the agent does with `crm_attribute --promotion` once DRBD runs on the node. */
export function withPromotionScore(cib: string, node: string, resource: string, score: number): string {
  return withNodeState(cib, node, { [`master-${resource}`]: String(score) })
}

/** Sets the attributes that a node has until it leaves the cluster, instead of those it had. */
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
