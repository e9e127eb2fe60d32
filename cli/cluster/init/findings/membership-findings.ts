import { CIB_DIRECTORY } from '../../../../system/cib-directory.ts'
import { COROSYNC_CONF } from '../../../../system/corosync/conf/corosync-conf.ts'
import type { Sections } from '../../examine/examination.ts'
import { error, type NodeFinding } from '../../examine/finding.ts'
import { corosyncConfIn, hasResources, membershipOf } from '../input/membership.ts'

/** A node that belongs to a cluster, or has remains of one. */
export function membershipFindings(examined: Sections): NodeFinding[] {
  const { cluster, active } = membershipOf(examined)
  if (cluster !== undefined) {
    const names = cluster.nodes.map(({ name }) => name).join(', ')
    const what = `is already in the cluster ${cluster.clusterName || `of its ${COROSYNC_CONF}`}`
    const todo = `remove it from that cluster ("vhacs cluster --part"), or leave it out; "vhacs cluster --join" adds nodes to a cluster`
    return [error(`${what}${names && ` (nodes: ${names})`}`, todo)]
  }
  if (hasResources(examined)) {
    const todo = `if nobody needs them: rm ${CIB_DIRECTORY}/*`
    return [error('Pacemaker still has the resources of a former cluster', todo)]
  }
  if (active.includes('pacemaker') && corosyncConfIn(examined) === '')
    return [error('Pacemaker is running', 'systemctl disable --now pacemaker')]
  return []
}
