import { DRBD_HANDLERS } from '../../cloud/compose/drbd/handlers.ts'
import { runOn } from '../../system/nodes/ssh.ts'
import type { System } from '../../system/system.ts'

/**
 * Makes sure that DRBD finds the handlers on a node: without them, a side that loses its peer suspends I/O for good.
 * @throws Error that names the node and what is missing.
 */
export async function requireHandlers(system: System, node: string): Promise<void> {
  for (const path of Object.values(DRBD_HANDLERS)) {
    const { status } = await runOn(system, node, ['test', '-x', path], { accepted: [0, 1], looks: true })
    if (status !== 0) throw new Error(`${node} has no ${path}: install the same version of VHACS there as on this node`)
  }
}
