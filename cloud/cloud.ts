/** One cloud: everything that Pacemaker is told about it, and nothing that it finds out by itself. */
export interface Cloud {
  readonly name: string
  readonly volumeGroup: string
  /** The two nodes that hold the data, the preferred one first. */
  readonly storageNodes: readonly [string, string]
  /** Minor number of the DRBD device, the same on both nodes. */
  readonly minor: number
  /** Service address of the portal. */
  readonly address: string
  readonly prefixLength: number
  readonly iqn: string
  readonly tpgt: number
  /** iSCSI names that may log in: those of the vhosts. */
  readonly initiators: readonly string[]
  readonly directory: string
  readonly mountOptions: string
  /** Vhosts that shall mount it, in order of preference; others with the role may when none of these can. */
  readonly preferredVhosts: readonly string[]
}
