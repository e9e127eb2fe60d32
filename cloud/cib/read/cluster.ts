import type { Cloud } from '../../cloud.ts'
import { minorOf } from '../../devices.ts'
import { child, descendants, type Element, parseXml } from '../../xml.ts'
import { usedAddresses } from '../used-addresses.ts'
import { type Claim, claimsIn } from './claims.ts'
import { cloudNames, readCloud, strayPrimitives } from './cloud.ts'
import { type ClusterNode, type NodeFault, type NodesOfCib, readNodes } from './nodes.ts'
import { readVservers, type VserversOfCib } from './vservers.ts'

/** The cluster and its clouds, as a CIB describes them. */
export interface Cluster {
  /** Undefined until the property cluster-name is set. */
  readonly name: string | undefined
  /** The members whose names are those of hosts. */
  readonly nodes: readonly ClusterNode[]
  /** Remote nodes, guests and containers: nothing of ours runs there. */
  readonly otherNodes: NodesOfCib['others']
  /** What is wrong with nodes and their attributes, and is left out. */
  readonly faults: readonly NodeFault[]
  /** Sorted by name. */
  readonly clouds: readonly Cloud[]
  /** Clouds, or parts of them, that deviate from what the composer creates. */
  readonly incomplete: readonly IncompleteCloud[]
  /** Of the incomplete ones, those that can be read nevertheless: what they should be. */
  readonly repairable: readonly Cloud[]
  readonly vservers: VserversOfCib
  /** Addresses that anything in the CIB names, ours or not. */
  readonly addresses: readonly string[]
  /** Minors of the DRBD devices that anything in the CIB names. */
  readonly minors: readonly number[]
  /** Mount points and target names that any resource names. */
  readonly claims: readonly Claim[]
}

/** A cluster of which nothing is known. */
export const EMPTY_CLUSTER: Cluster = {
  name: undefined,
  nodes: [],
  otherNodes: [],
  faults: [],
  clouds: [],
  incomplete: [],
  repairable: [],
  vservers: { complete: [], incomplete: [], repairable: [] },
  addresses: [],
  minors: [],
  claims: [],
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
  if (cib.name !== 'cib') throw new Error(`a CIB is expected, not <${cib.name}>`)
  if (!configuration) throw new Error('it has no configuration')
  const { nodes, others: otherNodes, faults } = readNodes(configuration, child(cib, 'status'))
  const readings = cloudNames(configuration).map(name => ({ name, ...readCloud(name, configuration) }))
  return {
    name: clusterName(configuration),
    nodes,
    otherNodes,
    faults,
    clouds: readings.flatMap(({ why, cloud }) => (why === undefined && cloud ? [cloud] : [])),
    incomplete: [
      ...readings.flatMap(({ name, why }) => (why === undefined ? [] : [{ name, why }])),
      ...strayPrimitives(configuration).map(name => ({ name, why: STRAY_REASON })),
    ],
    vservers: readVservers(
      configuration,
      readings.flatMap(({ cloud }) => cloud ?? []),
    ),
    repairable: readings.flatMap(({ why, cloud }) => (why !== undefined && cloud ? [cloud] : [])),
    addresses: usedAddresses(configuration),
    minors: minors(configuration),
    claims: claimsIn(configuration),
  }
}

function clusterName(configuration: Element): string | undefined {
  const properties = descendants(child(configuration, 'crm_config'), 'nvpair')
  // an empty one names no cluster
  return properties.find(({ attributes }) => attributes.name === 'cluster-name')?.attributes.value || undefined
}

function minors(configuration: Element): number[] {
  const values = descendants(configuration, 'nvpair').map(({ attributes }) => attributes.value)
  const used = values.flatMap(value => minorOf(value ?? '') ?? [])
  return [...new Set(used)].sort((a, b) => a - b)
}
