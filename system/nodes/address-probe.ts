import type { System } from '../system.ts'
import { neighboursIn } from './addresses.ts'
import { parseJsonAnswer } from './json.ts'
import { COMMAND_NOT_FOUND, runOn } from './ssh.ts'

/**
 * Whether an address is already in use, as seen from a node; undefined when the node cannot determine it. A host that drops pings
 * still answers ARP or neighbour discovery.
 */
export async function isAddressInUse(system: System, node: string, address: string): Promise<boolean | undefined> {
  const options = { looks: true, timeoutSeconds: 20 } as const
  // 1: no reply, 2: no route
  const ping = await runOn(system, node, ['ping', '-n', '-c', '1', '-W', '1', '--', address], {
    ...options,
    accepted: [0, 1, 2, COMMAND_NOT_FOUND],
  })
  if (ping.status === 0) return true
  if (ping.status !== 1) return undefined
  const shown = await runOn(system, node, ['ip', '-json', 'neighbour', 'show', 'to', address], options)
  return parseJsonAnswer(shown, neighboursIn).some(({ isReachable }) => isReachable)
}
