import type { Cloud } from '../../../cloud/cloud.ts'

/** Where a rehearsal would move the export of a cloud. */
export interface Route {
  readonly cloud: Cloud
  /** The storage node that exports it now. */
  readonly from: string
  /** The other one; of three, one of the others. */
  readonly to: string
  /** Where it is mounted. */
  readonly vhost: string
}
