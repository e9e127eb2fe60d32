import type { Cloud } from '../cloud.ts'
import { minorOf } from '../devices.ts'
import { child, descendants, type Element, parseXml } from '../xml.ts'
import { nvpairs } from './elements.ts'
import { cloudNames, readCloud, strayPrimitives } from './read-cloud.ts'

/** What a CIB says of the cluster and its clouds. */
export interface Cluster {
  /** Undefined until the cluster has told Pacemaker its name. */
  readonly name: string | undefined
  readonly nodes: readonly ClusterNode[]
  /** Sorted by name. */
  readonly clouds: readonly Cloud[]
  /** What looks like a cloud, or part of one, but is not as the composer makes it. */
  readonly incomplete: readonly IncompleteCloud[]
  /** What those of them would be of which at least the numbers can be read. */
  readonly repairable: readonly Cloud[]
  /** Service addresses of any IPaddr2 resource, ours or not. */
  readonly addresses: readonly string[]
  /** Minors of the DRBD devices that any resource names. */
  readonly minors: readonly number[]
}

export interface ClusterNode {
  readonly name: string
  /** Undefined when the text has no status section. */
  readonly isOnline: boolean | undefined
  /** The permanent ones. */
  readonly attributes: Readonly<Record<string, string>>
}

export interface IncompleteCloud {
  readonly name: string
  readonly why: string
}

/** Why a resource is incomplete that belongs to no cloud. */
export const STRAY_REASON = 'it is a resource of vhacs outside of any cloud'

/**
 * Reads the text of a CIB, whole or without its status.
 * @throws Error for text that is not well-formed or no CIB.
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
  }
}

function clusterName(configuration: Element): string | undefined {
  const properties = descendants(child(configuration, 'crm_config'), 'nvpair')
  return properties.find(({ attributes }) => attributes.name === 'cluster-name')?.attributes.value
}

function nodes(configuration: Element, status: Element | undefined): ClusterNode[] {
  const states = status?.children.filter(({ name }) => name === 'node_state')
  return descendants(child(configuration, 'nodes'), 'node').map(node => {
    const name = node.attributes.uname ?? ''
    const isOnline = states?.some(state => isMember(state, name))
    return { name, isOnline, attributes: nvpairs(node, 'instance_attributes') }
  })
}

/** A node that is up: in the membership, its controller running and joined. */
function isMember({ attributes }: Element, name: string): boolean {
  const { uname, in_ccm, crmd, join } = attributes
  // from Pacemaker 2.1.7 on, the time since when, and 0 for not
  const isYes = (text: string | undefined, yes: string) => text === yes || Number(text) > 0
  return uname === name && isYes(in_ccm, 'true') && isYes(crmd, 'online') && join === 'member'
}

function addresses(configuration: Element): string[] {
  const primitives = descendants(child(configuration, 'resources'), 'primitive')
  const found = primitives.flatMap(primitive => {
    const { ip } = nvpairs(primitive, 'instance_attributes')
    return primitive.attributes.type === 'IPaddr2' && ip !== undefined ? [ip] : []
  })
  return [...new Set(found)]
}

function minors(configuration: Element): number[] {
  const values = descendants(child(configuration, 'resources'), 'nvpair').map(({ attributes }) => attributes.value)
  const used = values.flatMap(value => minorOf(value ?? '') ?? [])
  return [...new Set(used)].sort((a, b) => a - b)
}
