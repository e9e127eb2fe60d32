import type { Cluster } from '../../cloud/cib/read/cluster.ts'
import { type Cloud, treePath, type Vserver } from '../../cloud/cloud.ts'
import { vserverIds } from '../../cloud/ids.ts'
import type { ActiveResource } from '../../cloud/pacemaker/active-resources.ts'
import type { ClusterStatus } from '../../cloud/pacemaker/cluster-status.ts'
import type { RunningPart } from './storages.ts'

/** A vserver in tables and JSON. */
export interface VserverState {
  readonly name: string
  readonly storage: string
  readonly state: 'active' | 'standby'
  /** The node that runs it; null when it does not run. */
  readonly container: RunningPart | null
  /** Its service address; null when it has none. */
  readonly address: string | null
  readonly network: string
  /** The root of its file system, where its storage is mounted. */
  readonly directory: string
}

/** The facts about the vservers that are known without querying nodes. */
export function vserverStates(
  { clouds, vservers }: Cluster,
  status: ClusterStatus,
  active: readonly ActiveResource[],
): VserverState[] {
  return vservers.complete.flatMap(vserver => {
    const cloud = clouds.find(({ name }) => name === vserver.cloud)
    return cloud ? [vserverState(vserver, cloud, { status, active })] : []
  })
}

interface Known {
  readonly status: ClusterStatus
  readonly active: readonly ActiveResource[]
}

function vserverState(vserver: Vserver, cloud: Cloud, { status, active }: Known): VserverState {
  const ids = vserverIds(vserver.name)
  const node = active.find(({ id }) => id === ids.container)?.node
  const failures = status.failures.filter(
    failure => failure.node === node && [ids.container, ids.address].some(id => id === failure.resource),
  )
  const health = {
    isFailed: failures.some(({ isDegraded }) => !isDegraded),
    isDegraded: failures.some(({ isDegraded }) => isDegraded),
  }
  return {
    name: vserver.name,
    storage: cloud.name,
    state: vserver.state,
    container: node === undefined ? null : { node, ...health },
    address: vserver.address?.address ?? null,
    network: vserver.parameters.network ?? 'none',
    directory: treePath(cloud, vserver),
  }
}
