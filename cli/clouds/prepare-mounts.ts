import { DATABASES } from '../../system/iscsi/node-records.ts'
import { runScriptOn, script } from '../../system/nodes/script.ts'
import { runOn } from '../../system/nodes/ssh.ts'
import type { System } from '../../system/system.ts'
import { prepareNodes } from '../run/prepare-nodes.ts'

/**
 * Creates, on the nodes that may mount them, the directories of mounts and those of iscsiadm's records: a takeover may find no room for
 * them on the disk. Returns what went wrong, node by node; a mount creates its directory, and a login its records, where it can.
 */
export async function prepareMounts(
  system: System,
  nodes: readonly string[],
  directories: readonly string[],
): Promise<string[]> {
  const notes = await prepareNodes(nodes, {
    run: node => runScriptOn(system, node, { text: RECORD_DIRECTORIES, values: DATABASES }),
    note: (node, reason) =>
      `${node} does not have the directories of iscsiadm's records yet; the first login there creates them: ${reason}`,
  })
  if (directories.length === 0) return notes
  const mounts = await prepareNodes(nodes, {
    run: node => runOn(system, node, ['mkdir', '--parents', '--', ...directories]),
    note: (node, reason) =>
      `${node} does not have ${directories.join(', ')} yet; the first mount there creates it: ${reason}`,
  })
  return [...notes, ...mounts]
}

/**
 * iscsiadm creates a directory when it first writes there. It alone knows which database is its own; its list of interfaces creates their
 * directory, and needs no iscsid.
 */
export const RECORD_DIRECTORIES = script`
iscsiadm --mode iface >/dev/null || exit
for database do
    [ ! -d "$database/ifaces" ] || mkdir --parents --mode=700 -- "$database/nodes" || exit
done
`
