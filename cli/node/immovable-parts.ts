import type { CibSnapshot } from '../../cloud/cib/snapshot.ts'
import { parseActiveResources } from '../../cloud/pacemaker/active-resources.ts'
import { parseClusterStatus } from '../../cloud/pacemaker/cluster-status.ts'
import type { Takeover } from '../../cloud/readiness/takeovers.ts'
import { monitorCluster } from '../../system/pacemaker/cib/cib.ts'
import type { System } from '../../system/system.ts'
import { readinessOf } from '../cluster/readiness/readiness.ts'

/**
 * What no other node would take over while these are in standby, although one may; queries the nodes that would. An operator who names
 * all nodes that may have it knows that it stops.
 */
export async function immovableParts(
  system: System,
  snapshot: CibSnapshot,
  names: readonly string[],
): Promise<Takeover[]> {
  const monitor = await monitorCluster(system)
  const known = { snapshot, status: parseClusterStatus(monitor), active: parseActiveResources(monitor) }
  const found = await readinessOf(system, known, { clouds: snapshot.cluster.clouds, nodes: names })
  return found.filter(
    ({ when, by, obstacles }) =>
      when.includes('standby') && obstacles.length > 0 && (by.length === 0 || by.some(node => !names.includes(node))),
  )
}
