import { type Cluster, EMPTY_CLUSTER } from '../cib/read/cluster.ts'
import type { Configuration, NodeRole } from '../configuration.ts'
import { recordedInitiator, rolesIn } from '../node-attributes.ts'
import type { AddressRange } from '../subnets.ts'
import type { Element } from '../xml.ts'

/** The facts that a configuration is resolved against. */
export interface ResolveContext {
  /** The cluster and its clouds, from the CIB. */
  readonly cluster: Cluster
  /** The CIB that new clouds are to be added to; undefined if nothing will be changed. */
  readonly cib?: Element | undefined
  /** The reports of the nodes; empty when none was queried. */
  readonly facts: readonly NodeFacts[]
  /** Nodes that were queried and are unreachable. */
  readonly unreachable: readonly UnreachableNode[]
  /** Addresses at which a host answers. */
  readonly usedAddresses: readonly string[]
  /** Whether new clouds will be created, and sides moved: then the nodes must not have anything with the names of new ones. */
  readonly creating: boolean
  /** Whether new clouds adopt existing data with their names instead. */
  readonly adopting: boolean
}

export interface UnreachableNode {
  readonly node: string
  readonly why: string
}

/** The facts that a node reports about itself. */
export interface NodeFacts {
  readonly node: string
  readonly volumeGroups: readonly VolumeGroup[]
  /** The DRBD resources that are configured on it, up or down. */
  readonly drbd: readonly DrbdResource[]
  readonly initiator: string | undefined
  readonly serviceAddresses: AddressRange | undefined
}

interface VolumeGroup {
  readonly name: string
  readonly freeBytes: number
  readonly extentBytes: number
  /** Sizes in bytes, by name. */
  readonly volumes: Readonly<Record<string, number>>
}

export interface DrbdResource {
  readonly name: string
  readonly minors: readonly number[]
  readonly ports: readonly number[]
  /** Names of the nodes in its configuration. */
  readonly hosts: readonly string[]
}

/** A context without nodes and clouds. */
export const EMPTY_CONTEXT: ResolveContext = {
  cluster: EMPTY_CLUSTER,
  facts: [],
  unreachable: [],
  usedAddresses: [],
  creating: false,
  adopting: false,
}

/** A node according to the configuration, completed with the reports of the node and the CIB. */
export interface KnownNode {
  readonly name: string
  readonly roles: readonly NodeRole[]
  readonly initiator: string | undefined
  /** Whether new data can be placed there. */
  readonly isOnline: boolean
  /** By volume group; undefined when the node was not queried or is unreachable. */
  readonly freeBytes: Readonly<Record<string, number>> | undefined
  readonly extentBytes: Readonly<Record<string, number>> | undefined
}

/** The facts about the cluster that clouds are resolved for. */
export interface KnownCluster {
  readonly nodes: readonly KnownNode[]
  /** Range of the service addresses. */
  readonly range: AddressRange | undefined
}

/** All nodes: those of the cluster or, if there is no cluster yet, those of the configuration. */
export function knownNodes(configuration: Configuration, { cluster, facts, unreachable }: ResolveContext): KnownNode[] {
  const names = (cluster.nodes.length > 0 ? cluster.nodes : configuration.nodes).map(({ name }) => name)
  return names.map(name => {
    const wanted = configuration.nodes.find(node => node.name === name)
    const present = cluster.nodes.find(node => node.name === name)
    const fact = facts.find(({ node }) => node === name)
    return {
      name,
      roles: wanted?.roles ?? rolesIn(present?.attributes ?? {}),
      initiator: wanted?.initiator ?? fact?.initiator ?? (present && recordedInitiator(present.attributes)),
      isOnline: (present?.isOnline ?? true) && !unreachable.some(({ node }) => node === name),
      freeBytes: fact && Object.fromEntries(fact.volumeGroups.map(group => [group.name, group.freeBytes])),
      extentBytes: fact && Object.fromEntries(fact.volumeGroups.map(group => [group.name, group.extentBytes])),
    }
  })
}
