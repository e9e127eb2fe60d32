import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import type { Examination } from '../examine/examination.ts'

/** The evidence for findings about storages. */
export interface Evidence {
  /** Its text. */
  readonly cib: string
  readonly cluster: Cluster
  /** Ids of the resources that Pacemaker runs. */
  readonly active: ReadonlySet<string>
  readonly examinations: readonly Examination[]
}
