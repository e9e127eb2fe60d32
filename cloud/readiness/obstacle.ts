/** What keeps a part of a cloud off a node. */
export interface Obstacle {
  /** Such as `the constraint cli-ban-c0-export-on-node2 bans c0-export from node2`. */
  readonly what: string
  /** What to do, if possible a command to paste. */
  readonly todo: string
  /**
   * What is wrong: a setting of this cloud, or of all clouds; a vserver on it, which alone would not run; its replication, a node, or the whole cluster, of which others report by
   * themselves.
   */
  readonly concerns: 'cloud' | 'clouds' | 'vserver' | 'replication' | 'node' | 'cluster'
}
