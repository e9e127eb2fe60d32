import type { nspawnContainer } from '../agents/nspawn-container/index.ts'

/** One cloud, resolved: everything that Pacemaker must be configured with, and nothing that it determines by itself. */
export interface Cloud {
  readonly name: string
  readonly volumeGroup: string
  readonly storageNodes: StorageNodes
  /** Minor number of the DRBD device, the same on all of its nodes. */
  readonly minor: number
  /** Service address of the portal, IPv4 or IPv6. */
  readonly address: string
  readonly prefixLength: number
  readonly iqn: string
  readonly tpgt: number
  /** iSCSI names that may log in: those of the vhosts, and additional ones. */
  readonly initiators: readonly string[]
  /** Undefined: the ACL admits initiators by their names alone. */
  readonly chap: Chap | undefined
  readonly directory: string
  readonly mountOptions: string
  /** Vhosts that should mount it, in order of preference; if none of them can, any other vhost may. */
  readonly preferredVhosts: readonly string[]
  readonly state: CloudState
}

/** The two nodes that hold the data, or three where all of them run DRBD 9; the preferred one first, the others equal. */
export type StorageNodes = readonly [string, string, ...string[]]

/** The most copies of the data that a cloud can have. */
export const MOST_COPIES = 3

/** Undefined for fewer nodes than a cloud needs. */
export function storageNodesIn([first, second, ...others]: readonly string[]): StorageNodes | undefined {
  return first === undefined || second === undefined ? undefined : [first, second, ...others]
}

/** A cloud in standby is configured and stopped everywhere. */
export type CloudState = 'active' | 'standby'

/** How initiator and target authenticate each other. */
export interface Chap {
  /** Authenticates the initiator to the target. */
  readonly initiator: Credential
  /** Authenticates the target to the initiator (mutual CHAP). */
  readonly target: Credential | undefined
}

export interface Credential {
  readonly user: string
  readonly secret: SecretReference
}

/**
 * The location of a secret, never the secret itself: the path of a file on every node that needs it, or `lrm://` for cibsecret(8).
 */
type SecretReference = string

/** One virtual server, resolved: a container whose root directory is on a cloud. It runs where its cloud is mounted. */
export interface Vserver {
  /** Also the name of its machine, and its host name. */
  readonly name: string
  readonly cloud: string
  /** Its root directory, as a path below the directory on which the cloud is mounted. */
  readonly tree: string
  readonly parameters: VserverParameters
  /** Service address, on the node that runs it. */
  readonly address: VserverAddress | undefined
  /** One in standby is configured and stopped, wherever its cloud is mounted. */
  readonly state: CloudState
}

export interface VserverAddress {
  readonly address: string
  readonly prefixLength: number
}

type ParameterName = keyof (typeof nspawnContainer)['parameters']

/** What follows from the name of a vserver and its cloud, and what an operator chooses. */
export type VserverParameter = Exclude<ParameterName, 'machine' | 'directory'>

/** Texts that the agent accepts, by the name of its parameter; without one, the agent's default applies. */
export type VserverParameters = Readonly<Partial<Record<VserverParameter, string>>>

/** The root directory of a vserver on the node that runs it. */
export function treePath({ directory }: Pick<Cloud, 'directory'>, { tree }: Pick<Vserver, 'tree'>): string {
  return `${directory}/${tree}`
}
