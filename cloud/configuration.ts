import type { Chap, CloudState } from './cloud.ts'
import type { AddressRange, Subnet } from './subnets.ts'

/** What an operator wants of a cluster. What is undefined was left open: what is there already stays, else it is chosen. */
export interface Configuration {
  /** The cluster that is meant. */
  readonly cluster: string | undefined
  readonly networks: Networks
  /** Nodes that are not named keep what they have. */
  readonly nodes: readonly ConfiguredNode[]
  /** Clouds that are not named stay as they are. */
  readonly clouds: readonly WantedCloud[]
}

export interface Networks {
  /** Free addresses of the storage network, for portals. */
  readonly serviceAddresses: AddressRange | undefined
  /** Where DRBD's traffic goes. */
  readonly replication: Subnet | undefined
}

export type NodeRole = 'storage' | 'vhost'

export interface ConfiguredNode {
  readonly name: string
  readonly roles: readonly NodeRole[] | undefined
  /** Its iSCSI initiator name, by which targets know it. */
  readonly initiator: string | undefined
}

/** A cloud as it is wanted; `Cloud` is what it becomes when everything has been chosen. */
export interface WantedCloud {
  readonly name: string
  /** Must be known of a new cloud. */
  readonly sizeBytes: number | undefined
  readonly volumeGroup: string | undefined
  /** The two nodes that hold the data, the preferred one first. */
  readonly storageNodes: readonly [string, string] | undefined
  /** Where those are left open: of these the first two that can take the data, instead of any. */
  readonly storageOrder?: readonly string[] | undefined
  /** In order of preference. */
  readonly preferredVhosts: readonly string[] | undefined
  readonly directory: string | undefined
  readonly mountOptions: string | undefined
  readonly address: string | undefined
  /** Of the network that the address is in; undefined: of the storage network. */
  readonly prefixLength: number | undefined
  readonly minor: number | undefined
  readonly iqn: string | undefined
  readonly tpgt: number | undefined
  readonly chap: Chap | 'none' | undefined
  /** iSCSI names that may log in beside the cluster's vhosts. */
  readonly moreInitiators: readonly string[] | undefined
  readonly state: CloudState | undefined
}
