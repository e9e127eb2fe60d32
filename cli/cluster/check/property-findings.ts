import { booleanIn, propertiesIn } from '../../../cloud/cib/elements.ts'
import type { ClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { neededMessages, STANDARD_MESSAGES } from '../../../cloud/pacemaker/message-limit.ts'
import { descendants, type Element } from '../../../cloud/xml.ts'
import { error, type Finding, warning } from '../examine/finding.ts'

/** Properties of the cluster and states of nodes that prevent Pacemaker from managing resources. */
export function propertyFindings(cib: Element, { haStatus }: ClusterStatus): Finding[] {
  const properties = propertiesIn(cib)
  const inMaintenance = booleanIn(properties.get('maintenance-mode')) === true
  const isQuorumIgnored = properties.get('no-quorum-policy') === 'ignore'
  return [
    ...(inMaintenance ? [MAINTENANCE] : []),
    ...(isQuorumIgnored ? [QUORUM_IGNORED] : []),
    ...messageFindings(cib, haStatus.size),
    ...[...haStatus].flatMap(([node, state]) => nodeStateFindings(node, state, inMaintenance)),
  ]
}

const MAINTENANCE = error(
  'the cluster is in maintenance mode: nothing fails over',
  'to end it: crm_attribute --name maintenance-mode --update false',
)

const QUORUM_IGNORED = warning(
  'no-quorum-policy is ignore: a minority that is cut off fences all other nodes',
  'to change it: crm_attribute --name no-quorum-policy --update stop',
)

function messageFindings(cib: Element, nodes: number): Finding[] {
  const limit = Number.parseInt(propertiesIn(cib).get('cluster-ipc-limit') ?? '', 10) || STANDARD_MESSAGES
  const resources = descendants(cib, 'primitive').length
  const needed = neededMessages(resources, nodes)
  if (needed <= limit) return []
  return [
    warning(
      `cluster-ipc-limit is ${limit}: Pacemaker may disconnect its own daemons when ${resources} resources change at once`,
      `to raise it: crm_attribute --name cluster-ipc-limit --update ${needed}`,
    ),
  ]
}

function nodeStateFindings(node: string, state: string, inMaintenance: boolean): Finding[] {
  if (state === 'standby')
    return [warning('is in standby: nothing runs on it', `to end it: vhacs node --active ${node}`, node)]
  if (state !== 'maintenance' || inMaintenance) return []
  const todo = `to end it: crm_attribute --node ${node} --name maintenance --delete`
  return [error('is in maintenance: its resources are neither monitored nor failed over', todo, node)]
}
