import type { Chap, CloudState } from './cloud.ts'

/** What an operator wants of a cluster. What is undefined was left open: what is there already stays, else it is chosen. */
export interface Configuration {
  readonly networks: Networks
  /** Nodes that are not named keep the roles that they have. */
  readonly nodes: readonly ConfiguredNode[]
  readonly clouds: readonly WantedCloud[]
}

export interface Networks {
  /** Free addresses of the storage network for portals, like `10.0.0.100-10.0.0.199/24`; else each node's own setting. */
  readonly serviceAddresses: string | undefined
  /** Subnet of DRBD's traffic, like `10.0.3.0/24`; else each node's own setting. */
  readonly replication: string | undefined
}

export type Role = 'storage' | 'vhost'

export interface ConfiguredNode {
  readonly name: string
  readonly roles: readonly Role[]
  /** Its iSCSI initiator name, by which targets know it; else the node is asked. */
  readonly initiator: string | undefined
}

/** A cloud as it is wanted; `Cloud` is what it becomes when everything has been chosen. */
export interface WantedCloud {
  readonly name: string
  readonly sizeBytes: number
  readonly volumeGroup: string
  /** The two nodes that hold the data, the preferred one first; undefined: to be chosen. */
  readonly storageNodes: readonly [string, string] | undefined
  /** In order of preference; undefined: to be chosen. */
  readonly preferredVhosts: readonly string[] | undefined
  readonly directory: string
  readonly mountOptions: string
  readonly address: string | undefined
  readonly chap: Chap | undefined
  /** iSCSI names that may log in beside the cluster's vhosts. */
  readonly moreInitiators: readonly string[]
  readonly state: CloudState
}
