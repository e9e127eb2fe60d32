import type { System } from '../../system/system.ts'
import { prepareNodes } from '../run/prepare-nodes.ts'

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
  return prepareNodes(system, nodes, {
    words: ['mkdir', '--parents', '--', ...directories],
    note: (node, reason) =>
      `${node} does not have ${directories.join(', ')} yet; the first mount there creates it: ${reason}`,
  })
}
