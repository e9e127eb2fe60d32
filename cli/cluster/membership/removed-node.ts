import { isNodeIn, nodeRemoval, stillNaming } from '../../../cloud/change/remove-node.ts'
import { patchText } from '../../../cloud/cib/patch.ts'
import { clusterIn } from '../../../cloud/cib/read/cluster.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import { type Element, parseXml } from '../../../cloud/xml.ts'
import { queryCib } from '../../../system/pacemaker/cib/cib.ts'
import { removeNode } from '../../../system/pacemaker/cib/remove-node.ts'
import type { System } from '../../../system/system.ts'
import { applyPatch } from '../../clouds/change-cib.ts'
import type { Step } from '../../run/steps.ts'

/**
 * Removes a node that runs neither corosync nor Pacemaker, and that corosync.conf no longer names, from Pacemaker: the constraints that
 * name it, then its entry with its attributes. It may have been done in part already; it is not undone.
 */
export function removeFromPacemaker(system: System, name: string): Step {
  return {
    name: `removing ${name} from Pacemaker's configuration`,
    run: async () => {
      const text = await queryCib(system)
      const cib = parseXml(text)
      const changes = nodeRemoval(cib, clusterIn(cib).clouds, name)
      if (changes.length > 0) await applyPatch(system, text, patchText(changes))
      await forgetNode(system, name)
    },
  }
}

/** Removes the entry, the state and the attributes of such a node alone. */
export async function forgetNode(system: System, name: string): Promise<void> {
  if (isNodeIn(parseXml(await queryCib(system)), name)) await removeNode(system, name)
}

/** What still names such nodes, for the operator. */
export function notesOnNaming(cib: Element, names: readonly string[]): string[] {
  const { constraints, devices } = stillNaming(cib, names)
  const named = [...constraints.map(id => `the constraint ${id}`), ...devices.map(id => `the fencing device ${id}`)]
  return named.map(what => `${what} still names ${joinedNames(names)}: change it with "crm configure"`)
}
