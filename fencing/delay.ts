import { child, descendants, type Element } from '../cloud/xml.ts'
import { seconds } from '../system/pacemaker/duration.ts'

/**
 * For how many seconds Pacemaker would delay the fencing of a node by priority-fencing-delay; 0 also without that. Undefined if a
 * transition graph does not fence the node.
 * @see Pacemaker, lib/pengine/utils.c: pe_fence_op(), node_priority_fencing_delay()
 */
export function fencingDelay(graph: Element, node: string): number | undefined {
  const fencing = descendants(graph, 'crm_event').find(
    ({ attributes: { operation, on_node } }) => operation === 'stonith' && on_node === node,
  )
  if (fencing === undefined) return undefined
  return seconds(child(fencing, 'attributes')?.attributes.CRM_meta_priority_fencing_delay ?? '0')
}
