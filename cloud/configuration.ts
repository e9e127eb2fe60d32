import type { Chap, CloudState } from './cloud.ts'
import type { AddressRange, Subnet } from './subnets.ts'

/** What an operator wants a cluster to be. What is undefined is left open: an existing value stays, else one is chosen. */
export interface Configuration {
  /** Name of the intended cluster. */
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
  /** Network of DRBD's traffic. */
  readonly replication: Subnet | undefined
}

export type NodeRole = 'storage' | 'vhost'

export interface ConfiguredNode {
  readonly name: string
  readonly roles: readonly NodeRole[] | undefined
  /** Its iSCSI initiator name, by which targets know it. */
  readonly initiator: string | undefined
}

/** A requested cloud; `Cloud` is what it becomes when everything has been chosen. */
export interface WantedCloud {
  readonly name: string
  /** Required for a new cloud. */
  readonly sizeBytes: number | undefined
  readonly volumeGroup: string | undefined
  /** The two nodes that hold the data, the preferred one first. */
  readonly storageNodes: readonly [string, string] | undefined
  /** If the storage nodes are left open: take the first two of these that have room, instead of the best of all. */
  readonly storageOrder?: readonly string[] | undefined
  /** In order of preference. */
  readonly preferredVhosts: readonly string[] | undefined
  readonly directory: string | undefined
  readonly mountOptions: string | undefined
  readonly address: string | undefined
  /** Of the network that contains the address; undefined: that of the storage network. */
  readonly prefixLength: number | undefined
  readonly minor: number | undefined
  readonly iqn: string | undefined
  readonly tpgt: number | undefined
  readonly chap: Chap | 'none' | undefined
  /** iSCSI names that may log in in addition to the cluster's vhosts. */
  readonly moreInitiators: readonly string[] | undefined
  readonly state: CloudState | undefined
  /** Whether a value in the file is wrong: it is missing here, which is no mistake of its own. */
  readonly isMalformed?: true
}

/** All that a cloud may leave open besides its size. */
export const OPEN = {
  storageNodes: undefined,
  volumeGroup: undefined,
  preferredVhosts: undefined,
  directory: undefined,
  mountOptions: undefined,
  address: undefined,
  prefixLength: undefined,
  minor: undefined,
  iqn: undefined,
  tpgt: undefined,
  chap: undefined,
  moreInitiators: undefined,
  state: undefined,
} as const satisfies Partial<WantedCloud>
