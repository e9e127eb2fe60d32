import type { Cloud } from '../cloud.ts'
import { minorOf } from '../devices.ts'
import { child, descendants, type Element, parseXml } from '../xml.ts'
import { type Claim, claimsIn } from './claims.ts'
import { nvpairs } from './elements.ts'
import { cloudNames, readCloud, strayPrimitives } from './read-cloud.ts'

/** The cluster and its clouds, as a CIB describes them. */
export interface Cluster {
  /** Undefined until the property cluster-name is set. */
  readonly name: string | undefined
  readonly nodes: readonly ClusterNode[]
  /** Sorted by name. */
  readonly clouds: readonly Cloud[]
  /** Clouds, or parts of them, that deviate from what the composer creates. */
  readonly incomplete: readonly IncompleteCloud[]
  /** Of the incomplete ones, those that can be read nevertheless: what they should be. */
  readonly repairable: readonly Cloud[]
  /** Service addresses of any IPaddr2 resource, ours or not. */
  readonly addresses: readonly string[]
  /** Minors of the DRBD devices that any resource names. */
  readonly minors: readonly number[]
  /** Mount points and target names that any resource names. */
  readonly claims: readonly Claim[]
}

export interface ClusterNode {
  readonly name: string
  /** Undefined when the CIB has no status of any node. */
  readonly isOnline: boolean | undefined
  /** Its permanent attributes. */
  readonly attributes: Readonly<Record<string, string>>
}

export interface IncompleteCloud {
  readonly name: string
  readonly why: string
}

/** The reason of a resource that does not belong to a cloud. */
export const STRAY_REASON = 'this resource of a vhacs agent does not belong to a cloud'

/**
 * Reads the text of a CIB, whole or without its status.
 * @throws Error for text that is not well-formed or not a CIB.
 */
export function readCluster(text: string): Cluster {
  return clusterIn(parseXml(text))
}

/** The same, of a CIB that is parsed already. @throws Error for what is no CIB. */
export function clusterIn(cib: Element): Cluster {
  const configuration = child(cib, 'configuration')
  if (cib.name !== 'cib' || !configuration) throw new Error(`a CIB is expected, not <${cib.name}>`)
  const readings = cloudNames(configuration).map(name => ({ name, ...readCloud(name, configuration) }))
  return {
    name: clusterName(configuration),
    nodes: nodes(configuration, child(cib, 'status')),
    clouds: readings.flatMap(({ why, cloud }) => (why === undefined && cloud ? [cloud] : [])),
    incomplete: [
      ...readings.flatMap(({ name, why }) => (why === undefined ? [] : [{ name, why }])),
      ...strayPrimitives(configuration).map(name => ({ name, why: STRAY_REASON })),
    ],
    repairable: readings.flatMap(({ why, cloud }) => (why !== undefined && cloud ? [cloud] : [])),
    addresses: addresses(configuration),
    minors: minors(configuration),
    claims: claimsIn(configuration),
  }
}

function clusterName(configuration: Element): string | undefined {
  const properties = descendants(child(configuration, 'crm_config'), 'nvpair')
  return properties.find(({ attributes }) => attributes.name === 'cluster-name')?.attributes.value
}

function nodes(configuration: Element, status: Element | undefined): ClusterNode[] {
  const found = status?.children.filter(({ name }) => name === 'node_state') ?? []
  // an empty status is that of a CIB that no cluster has used yet
  const states = found.length > 0 ? found : undefined
  return descendants(child(configuration, 'nodes'), 'node').map(node => {
    const name = node.attributes.uname ?? ''
    const isOnline = states?.some(state => isMember(state, name))
    return { name, isOnline, attributes: nvpairs(node, 'instance_attributes') }
  })
}

/** Whether the node is up: in the membership, with a running controller that has joined. */
function isMember({ attributes }: Element, name: string): boolean {
  const { uname, in_ccm, crmd, join } = attributes
  // since Pacemaker 2.1.7 a time, or 0 for false
  const isYes = (text: string | undefined, yes: string) => text === yes || Number(text) > 0
  return uname === name && isYes(in_ccm, 'true') && isYes(crmd, 'online') && join === 'member'
}

function addresses(configuration: Element): string[] {
  const primitives = descendants(child(configuration, 'resources'), 'primitive')
  const used = primitives.flatMap(primitive => {
    const { ip } = nvpairs(primitive, 'instance_attributes')
    return primitive.attributes.type === 'IPaddr2' && ip !== undefined ? [ip] : []
  })
  return [...new Set(used)]
}

function minors(configuration: Element): number[] {
  const values = descendants(child(configuration, 'resources'), 'nvpair').map(({ attributes }) => attributes.value)
  const used = values.flatMap(value => minorOf(value ?? '') ?? [])
  return [...new Set(used)].sort((a, b) => a - b)
}
