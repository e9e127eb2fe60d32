import type { ClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { child, descendants, type Element } from '../../../cloud/xml.ts'
import { error, type Finding, warning } from '../examine/finding.ts'

/** Pacemaker's own properties, as far as they are set. */
export function propertiesIn(cib: Element): Map<string, string> {
  const pairs = descendants(child(child(cib, 'configuration'), 'crm_config'), 'nvpair')
  // if a name is set twice, the first one counts
  return new Map(pairs.toReversed().map(({ attributes: { name = '', value = '' } }) => [name, value]))
}

export function isYes(text: string | undefined): boolean {
  return /^(true|yes|on|y|1)$/i.test(text ?? '')
}

/** Properties of the cluster, and states of nodes, that keep Pacemaker from doing its work. */
export function propertyFindings(cib: Element, { haStatus }: ClusterStatus): Finding[] {
  const properties = propertiesIn(cib)
  const inMaintenance = isYes(properties.get('maintenance-mode'))
  const isQuorumIgnored = properties.get('no-quorum-policy') === 'ignore'
  return [
    ...(inMaintenance ? [MAINTENANCE] : []),
    ...(isQuorumIgnored ? [QUORUM_IGNORED] : []),
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

function nodeStateFindings(node: string, state: string, inMaintenance: boolean): Finding[] {
  if (state === 'standby')
    return [warning('is in standby: nothing runs on it', `to end it: vhacs node --active ${node}`, node)]
  if (state !== 'maintenance' || inMaintenance) return []
  const todo = `to end it: crm_attribute --node ${node} --name maintenance --delete`
  return [error('is in maintenance: its resources are neither monitored nor failed over', todo, node)]
}
