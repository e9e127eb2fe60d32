import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import { treePath } from '../../../cloud/cloud.ts'
import { vserverIds } from '../../../cloud/ids.ts'
import type { ActiveResource } from '../../../cloud/pacemaker/active-resources.ts'
import type { Failure } from '../../../cloud/pacemaker/cluster-status.ts'
import { type Sample, sample } from '../definitions.ts'
import { degradedOn } from './degraded-on.ts'

/** What the configuration says of the vservers. */
export function vserverConfiguration({ clouds, vservers }: Pick<Cluster, 'clouds' | 'vservers'>): Sample[] {
  return vservers.complete.flatMap(found => {
    const { name: vserver, cloud: storage, address, state } = found
    const cloud = clouds.find(({ name }) => name === storage)
    const directory = cloud === undefined ? '' : treePath(cloud, found)
    return [
      sample('vserver_info', 1, { vserver, storage, address: address?.address ?? '', directory }),
      sample('vserver_state', 1, { vserver, storage, state }),
    ]
  })
}

interface Seen {
  readonly failures: readonly Failure[]
  /** The resources that run. */
  readonly active: readonly ActiveResource[]
  /** Those of them without a failure or an action in progress. */
  readonly settled: readonly ActiveResource[]
}

/** What Pacemaker says of them. */
export function vserverSamples({ vservers }: Pick<Cluster, 'vservers'>, seen: Seen): Sample[] {
  return vservers.complete.flatMap(({ name: vserver, cloud: storage, address }) => {
    const ids = vserverIds(vserver)
    const parts = [ids.container, ...(address === undefined ? [] : [ids.address])]
    const failures = seen.failures.filter(({ resource }) => parts.some(id => id === resource))
    const places = seen.active.flatMap(({ id, node }) => (id === ids.container ? [node] : []))
    const nodes = [...new Set([...places, ...failures.map(({ node }) => node)])]
    const labels = { vserver, storage }
    return [
      sample(
        'vserver_running',
        parts.every(part => seen.settled.some(({ id }) => id === part)),
        labels,
      ),
      ...nodes.map(node =>
        sample(
          'vserver_failed',
          failures.some(one => one.node === node && !one.isDegraded),
          { ...labels, node },
        ),
      ),
      ...degradedOn(failures).map(({ node, reason }) => sample('vserver_degraded', 1, { ...labels, node, reason })),
    ]
  })
}
