import { NSPAWN } from '../../nspawn/unit.ts'
import type { System } from '../../system.ts'
import { runOn } from '../ssh.ts'

/** Whether a node has systemd-nspawn. @throws ToolFailed where it is unreachable. */
export async function hasNspawn(system: System, node: string): Promise<boolean> {
  const { status } = await runOn(system, node, ['test', '-x', NSPAWN], { looks: true, accepted: [0, 1] })
  return status === 0
}
