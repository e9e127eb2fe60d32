import { resourceIds } from '../../cloud/ids.ts'
import type { ClusterStatus, Failure } from '../../cloud/pacemaker/cluster-status.ts'
import { interruptionsOn } from '../../system/nodes/files/resource-notes.ts'
import type { System } from '../../system/system.ts'
import { whyUnavailable } from '../run/unavailable.ts'
import { isUp, type NodeState } from './nodes.ts'
import type { StorageState } from './storages.ts'

/**
 * Adds to the status the interruptions of the mounts, which agents report to Pacemaker only when they have lasted longer than a
 * failover. Unreachable nodes are reported in the table of nodes.
 */
export async function withInterruptions(
  system: System,
  status: ClusterStatus,
  { nodes, storages }: { readonly nodes: readonly NodeState[]; readonly storages: readonly StorageState[] },
): Promise<ClusterStatus> {
  const found = await Promise.all(nodes.map(node => interruptionsOf(system, node, storages)))
  const isKnown = (one: Failure) =>
    status.failures.some(
      ({ resource, node, isDegraded }) => resource === one.resource && node === one.node && isDegraded,
    )
  return { ...status, failures: [...status.failures, ...found.flat().filter(one => !isKnown(one))] }
}

async function interruptionsOf(
  system: System,
  node: NodeState,
  storages: readonly StorageState[],
): Promise<readonly Failure[]> {
  const mounted = storages.filter(({ mount }) => mount?.node === node.name)
  if (!isUp(node) || mounted.length === 0) return []
  const resources = mounted.flatMap(({ name }) => [resourceIds(name).session, resourceIds(name).filesystem])
  try {
    const found = await interruptionsOn(system, node.name, resources)
    return found.map(({ resource, since, seen, reason }) => ({
      ...{ resource, node: node.name, action: 'monitor', isDegraded: true },
      reason: `${reason} (for ${Math.round((seen - since) / 1000)} s, as in a failover)`,
    }))
  } catch (error) {
    whyUnavailable(error)
    return []
  }
}
