import type { System } from '../../system.ts'
import { runOn } from '../ssh.ts'

/** The text of a file on a node; undefined when there is none. @throws ToolFailed */
export async function textOn(system: System, node: string, path: string): Promise<string | undefined> {
  const { status, stdout } = await runOn(system, node, ['cat', '--', path], { looks: true, accepted: [0, 1] })
  return status === 0 ? stdout : undefined
}
