import type { Failure } from '../../../cloud/pacemaker/cluster-status.ts'
import type { Takeover } from '../../../cloud/readiness/takeovers.ts'
import type { CloudFence } from '../../clouds/fence-constraints.ts'
import type { Replication, UnknownReplication } from '../../clouds/replication/replication.ts'
import type { StorageState } from '../../state/storages.ts'
import type { VserverState } from '../../state/vservers.ts'
import type { LastRehearsal } from '../rehearse/last-rehearsal.ts'
import type { LastVerification } from '../verify/last-verification.ts'

/** Everything about a storage, as JSON shows it. */
export interface StorageInfo extends StorageState {
  readonly sides: readonly Side[]
  readonly device: string
  readonly port: number
  readonly iqn: string
  readonly tpgt: number
  /** Whether the initiator (and the target) must authenticate. */
  readonly chap: 'none' | 'one-way' | 'mutual'
  readonly portal: string
  readonly initiators: readonly string[]
  /** The initiators that are logged in. */
  readonly sessions: readonly string[]
  /** The identity of the disk for initiators; null when it is not mounted. */
  readonly identity: string | null
  readonly preferredVhosts: readonly string[]
  /** Null when it is not mounted. */
  readonly mounted: { readonly source: string; readonly fstype: string; readonly options: string } | null
  /** Those on it. */
  readonly vservers: readonly VserverState[]
  readonly fences: readonly CloudFence[]
  readonly failures: readonly Failure[]
  /** What becomes of it when a node that has a part of it is lost or put in standby. */
  readonly takeovers: readonly Takeover[]
  /** Null if its failover has not been rehearsed. */
  readonly lastRehearsal: LastRehearsal | null
  /** Null if its two sides have not been compared. */
  readonly lastVerification: LastVerification | null
  /** What could not be determined, and why. */
  readonly problems: readonly string[]
}

export interface Side {
  readonly node: string
  readonly volume: { readonly path: string; readonly sizeBytes: number; readonly isActive: boolean } | null
  readonly replication: Replication | UnknownReplication
  /** Where DRBD of this node listens for the other side; null when its configuration does not contain it. */
  readonly address: string | null
}
