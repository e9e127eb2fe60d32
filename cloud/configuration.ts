import type { Chap, CloudState, StorageNodes, VserverAddress, VserverParameters } from './cloud.ts'
import type { AddressRange, Subnet } from './subnets.ts'

/** The desired state of a cluster. Undefined values are left open: an existing value is kept, otherwise one is chosen. */
export interface Configuration {
  /** Name of the intended cluster. */
  readonly cluster: string | undefined
  readonly networks: Networks
  /** Nodes that are not named are not changed. */
  readonly nodes: readonly ConfiguredNode[]
  /** Clouds that are not named are not changed. */
  readonly clouds: readonly WantedCloud[]
  /** Vservers that are not named are not changed. */
  readonly vservers: readonly WantedVserver[]
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
  /** Its iSCSI initiator name, by which targets identify it. */
  readonly initiator: string | undefined
}

/** A requested cloud; it becomes a `Cloud` when all values have been chosen. */
export interface WantedCloud {
  readonly name: string
  /** Required for a new cloud. */
  readonly sizeBytes: number | undefined
  readonly volumeGroup: string | undefined
  /** The two or three nodes that hold the data, the preferred one first. */
  readonly storageNodes: StorageNodes | undefined
  /** If the storage nodes are left open: take the first ones of these that have room, instead of the best of all nodes. */
  readonly storageOrder?: readonly string[] | undefined
  /** If the storage nodes are left open: how many are chosen; otherwise two. */
  readonly copies?: number | undefined
  /** In order of preference. */
  readonly preferredVhosts: readonly string[] | undefined
  readonly directory: string | undefined
  readonly mountOptions: string | undefined
  readonly address: string | undefined
  /** The prefix length of the address's network; if undefined, that of the storage network. */
  readonly prefixLength: number | undefined
  readonly minor: number | undefined
  readonly iqn: string | undefined
  readonly tpgt: number | undefined
  readonly chap: Chap | 'none' | undefined
  /** iSCSI names that may log in in addition to the cluster's vhosts. */
  readonly moreInitiators: readonly string[] | undefined
  readonly state: CloudState | undefined
  /** Whether a value in the file is invalid: it is missing here, which is not a problem of its own. */
  readonly isMalformed?: true
}

/** A requested vserver; it becomes a `Vserver` when all values have been chosen. */
export interface WantedVserver {
  readonly name: string
  readonly cloud: string
  readonly tree: string | undefined
  /** One that is missing is left open; an empty text stands for the agent's default. */
  readonly parameters: VserverParameters
  readonly address: VserverAddress | 'none' | undefined
  /** Those that its cloud then prefers, in this order: it runs where that is mounted. */
  readonly preferredVhosts: readonly string[] | undefined
  readonly state: CloudState | undefined
  /** Whether a value in the file is invalid: it is missing here, which is not a problem of its own. */
  readonly isMalformed?: true
}

/** Everything that a cloud may leave open besides its size. */
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

/** What a configuration says of everything but clouds and nodes if it leaves that as it is. */
export const UNCHANGED = {
  vservers: [],
  cluster: undefined,
  networks: { serviceAddresses: undefined, replication: undefined },
} as const
