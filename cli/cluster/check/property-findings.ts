import type { ClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { child, descendants, type Element } from '../../../cloud/xml.ts'
import { error, type Finding, warning } from '../examine/finding.ts'

/** Pacemaker's own properties, as far as they are set. */
export function propertiesIn(cib: Element): Map<string, string> {
  const pairs = descendants(child(child(cib, 'configuration'), 'crm_config'), 'nvpair')
  // of a name that is set twice, the first holds
  return new Map(pairs.toReversed().map(({ attributes: { name = '', value = '' } }) => [name, value]))
}

export function isYes(text: string | undefined): boolean {
  return /^(true|yes|on|y|1)$/i.test(text ?? '')
}

/** Properties of the cluster, and states of nodes, that keep Pacemaker from doing its work. */
export function propertyFindings(cib: Element, { haStatus }: ClusterStatus): Finding[] {
  const properties = propertiesIn(cib)
  const set = (name: string, value: string) =>
    `when that is no longer wanted: crm_attribute --name ${name} --update ${value}`
  const inMaintenance = isYes(properties.get('maintenance-mode'))
  return [
    ...(inMaintenance
      ? [error('the cluster is in maintenance mode: nothing is taken over', set('maintenance-mode', 'false'))]
      : []),
    ...(properties.get('no-quorum-policy') === 'ignore'
      ? [warning('no-quorum-policy is ignore: a few nodes cut off fence all others', set('no-quorum-policy', 'stop'))]
      : []),
    ...[...haStatus].flatMap(([node, state]) => nodeFindings(node, state, inMaintenance)),
  ]
}

function nodeFindings(node: string, state: string, inMaintenance: boolean): Finding[] {
  const wanted = 'when that is no longer wanted:'
  if (state === 'standby')
    return [warning('it is in standby: nothing runs there', `${wanted} vhacs node --active ${node}`, node)]
  if (state !== 'maintenance' || inMaintenance) return []
  const todo = `${wanted} crm_attribute --node ${node} --name maintenance --delete`
  return [error('it is in maintenance: what runs there is not watched, nor taken over', todo, node)]
}
