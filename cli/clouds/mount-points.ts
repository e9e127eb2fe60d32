import { runOn } from '../../system/nodes/ssh.ts'
import { type System, ToolFailed } from '../../system/system.ts'

/**
 * Creates the directories of mounts on the nodes that may mount them: a takeover may find no room for them on the disk. Returns what
 * went wrong, node by node; a mount creates its directory itself where it can.
 */
export async function createMountPoints(
  system: System,
  nodes: readonly string[],
  directories: readonly string[],
): Promise<string[]> {
  if (directories.length === 0) return []
  const notes: string[] = []
  for (const node of nodes)
    try {
      await runOn(system, node, ['mkdir', '--parents', '--', ...directories])
    } catch (error) {
      if (!(error instanceof ToolFailed)) throw error
      notes.push(
        `${node} does not have ${directories.join(', ')} yet; the first mount there creates it: ${error.message}`,
      )
    }
  return notes
}
