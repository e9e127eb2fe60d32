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
