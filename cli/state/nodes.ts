import type { Cluster } from '../../cloud/cib/read/cluster.ts'
import type { NodeRole } from '../../cloud/configuration.ts'
import { resourceIds } from '../../cloud/ids.ts'
import { rolesIn } from '../../cloud/node-attributes.ts'
import type { ActiveResource } from '../../cloud/pacemaker/active-resources.ts'
import type { ClusterStatus, HaStatus } from '../../cloud/pacemaker/cluster-status.ts'

/** A node in tables and JSON. */
export interface NodeState {
  readonly name: string
  readonly haStatus: HaStatus
  readonly roles: readonly NodeRole[]
  /** The space of the volume group; null when it is unknown or there is no volume group. */
  readonly freeBytes: number | null
  readonly sizeBytes: number | null
  /** The number of storages that it exports, and mounts. */
  readonly exported: number
  readonly mounted: number
  /** Why it could not be queried; null when it could. */
  readonly problem: string | null
}

/** The facts about the nodes that are known without querying them. */
export function nodeStates(cluster: Cluster, status: ClusterStatus, active: readonly ActiveResource[]): NodeState[] {
  const ids = cluster.clouds.map(({ name }) => resourceIds(name))
  const count = (node: string, wanted: readonly string[]) =>
    active.filter(resource => resource.node === node && wanted.includes(resource.id)).length
  return cluster.nodes.map(({ name, attributes }) => ({
    name,
    haStatus: status.haStatus.get(name) ?? 'offline',
    roles: rolesIn(attributes),
    freeBytes: null,
    sizeBytes: null,
    exported: count(
      name,
      ids.map(({ target }) => target),
    ),
    mounted: count(
      name,
      ids.map(({ filesystem }) => filesystem),
    ),
    problem: null,
  }))
}

/** Whether to query a node; one that is down would cost a time-out. */
export function isUp({ haStatus }: Pick<NodeState, 'haStatus'>): boolean {
  return haStatus !== 'offline' && haStatus !== 'unclean'
}
