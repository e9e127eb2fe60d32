import type { Cluster } from '../cib/read/cluster.ts'
import type { HaStatus } from '../pacemaker/cluster-status.ts'
import type { Element } from '../xml.ts'

/** What the obstacles are looked for in. */
export interface Situation {
  readonly cib: Element
  readonly cluster: Cluster
  /** As Pacemaker sees the nodes now. */
  readonly haStatus: ReadonlyMap<string, HaStatus>
  /** Ids of the constraints by which DRBD keeps old data from being promoted. */
  readonly fences: ReadonlySet<string>
}
