import type { Cluster } from '../cib/read-cluster.ts'
import type { Configuration, NodeRole } from '../configuration.ts'
import { INITIATOR_ATTRIBUTE, rolesIn } from '../node-attributes.ts'
import type { AddressRange } from '../subnets.ts'

/** What a configuration is resolved against. */
export interface ResolveContext {
  /** What its CIB says. */
  readonly cluster: Cluster
  /** What the nodes said; empty when none was asked. */
  readonly facts: readonly NodeFacts[]
  /** The nodes that were to be asked and did not answer. */
  readonly unreachable: readonly UnreachableNode[]
  /** Addresses at which somebody answers. */
  readonly usedAddresses: readonly string[]
  /** Whether new clouds are to be made: then nothing of their names may be there yet. */
  readonly creating: boolean
  /** Whether new clouds whose data are there are to get them instead. */
  readonly adopting: boolean
}

export interface UnreachableNode {
  readonly node: string
  readonly why: string
}

/** What a node that was asked has said. */
export interface NodeFacts {
  readonly node: string
  readonly volumeGroups: readonly VolumeGroup[]
  /** The DRBD resources that it is configured for, up or down. */
  readonly drbd: readonly DrbdResource[]
  readonly initiator: string | undefined
  readonly serviceAddresses: AddressRange | undefined
}

export interface VolumeGroup {
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
  /** Names of the nodes that it is on. */
  readonly hosts: readonly string[]
}

/** A context without nodes and clouds. */
export const EMPTY_CONTEXT: ResolveContext = {
  cluster: { name: undefined, nodes: [], clouds: [], incomplete: [], repairable: [], addresses: [], minors: [] },
  facts: [],
  unreachable: [],
  usedAddresses: [],
  creating: false,
  adopting: false,
}

/** A node with what is wanted of it and what is known of it. */
export interface KnownNode {
  readonly name: string
  readonly roles: readonly NodeRole[]
  readonly initiator: string | undefined
  /** Whether new data can be put there. */
  readonly isOnline: boolean
  /** By volume group; undefined when it was not asked. */
  readonly freeBytes: Readonly<Record<string, number>> | undefined
}

/** What a cloud has around it. */
export interface KnownCluster {
  readonly nodes: readonly KnownNode[]
  /** Of the service addresses. */
  readonly range: AddressRange | undefined
}

/** All nodes: those of the cluster, or those of the configuration where there is no cluster yet. */
export function knownNodes(configuration: Configuration, { cluster, facts, unreachable }: ResolveContext): KnownNode[] {
  const names = (cluster.nodes.length > 0 ? cluster.nodes : configuration.nodes).map(({ name }) => name)
  return names.map(name => {
    const wanted = configuration.nodes.find(node => node.name === name)
    const present = cluster.nodes.find(node => node.name === name)
    const said = facts.find(({ node }) => node === name)
    return {
      name,
      roles: wanted?.roles ?? rolesIn(present?.attributes ?? {}),
      initiator: wanted?.initiator ?? said?.initiator ?? present?.attributes[INITIATOR_ATTRIBUTE],
      isOnline: (present?.isOnline ?? true) && !unreachable.some(({ node }) => node === name),
      freeBytes: said && Object.fromEntries(said.volumeGroups.map(group => [group.name, group.freeBytes])),
    }
  })
}
