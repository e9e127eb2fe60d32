import { descendants, type Element, parseXml } from '../cloud/xml.ts'
import { queryFencingHistory } from '../system/pacemaker/fencing/requests.ts'
import type { System } from '../system/system.ts'

/** The requests to fence a node, or any (`*`), that the fencer has not ended. @throws ToolFailed, the signal's reason */
export async function pendingRequests(system: System, node: string, signal: AbortSignal): Promise<Element[]> {
  const history = parseXml(await queryFencingHistory(system, node, signal))
  return descendants(history, 'fence_event').filter(
    ({ attributes: { target, status } }) => (node === '*' || target === node) && status === 'pending',
  )
}
