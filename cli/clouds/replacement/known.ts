import type { CibSnapshot } from '../../../cloud/cib/snapshot.ts'
import { type ActiveResource, parseActiveResources } from '../../../cloud/pacemaker/active-resources.ts'
import { type ClusterStatus, parseClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { monitorCluster } from '../../../system/pacemaker/cib/cib.ts'
import type { System } from '../../../system/system.ts'

/** The cluster that replacements are planned for. */
export interface Known {
  readonly snapshot: CibSnapshot
  readonly status: ClusterStatus
  readonly active: readonly ActiveResource[]
}

/** What Pacemaker runs now, with the CIB. */
export async function knownCluster(system: System, snapshot: CibSnapshot): Promise<Known> {
  const monitor = await monitorCluster(system)
  return { snapshot, status: parseClusterStatus(monitor), active: parseActiveResources(monitor) }
}
