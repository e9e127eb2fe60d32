import { element } from '../../../../cloud/xml.ts'
import type { FakeCluster } from '../../../fake/cluster/cluster.ts'
import { edited } from '../../cloud/cib.ts'

/** The cluster with what crm-fence-peer.sh of drbd-utils 9.22 adds when c0 loses its peer: only node1 may be promoted. */
export function fenced(cluster: FakeCluster, mark = 'expr'): FakeCluster {
  const id = 'drbd-fence-by-handler-c0-c0-drbd-clone'
  const expression = { id: `${id}-${mark}`, attribute: '#uname', operation: 'ne', value: 'node1' }
  const rule = element('rule', { id: `${id}-rule`, role: 'Promoted', score: '-INFINITY' }, [
    element('expression', expression),
  ])
  const fence = element('rsc_location', { id, rsc: 'c0-drbd-clone' }, [rule])
  cluster.cib = edited(cluster.cib, found =>
    found.name === 'constraints' ? [{ ...found, children: [...found.children, fence] }] : undefined,
  )
  return cluster
}
