import { descendants, type Element, element } from '../xml.ts'

/**
 * The status of a CIB with the fail counts that crm_mon shows, in the form in which Pacemaker keeps them, and nothing else: for a CIB
 * without a status.
 */
export function statusWithFailCounts(monitor: Element): Element {
  const histories = descendants(monitor, 'node_history').flatMap(history => descendants(history, 'node'))
  return element('status', {}, histories.map(stateOf))
}

function stateOf(history: Element): Element {
  const counts = descendants(history, 'resource_history').flatMap(({ attributes }) => {
    const { id = '', 'fail-count': value } = attributes
    return value === undefined ? [] : [element('nvpair', { name: `fail-count-${id}`, value })]
  })
  const attributes = [element('transient_attributes', {}, [element('instance_attributes', {}, counts)])]
  return element('node_state', { uname: history.attributes.name ?? '' }, attributes)
}
