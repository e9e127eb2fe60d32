import type { System } from '../../system.ts'
import { runScriptOn, script } from '../script.ts'

/** `secondary` is run in any case: a primary that Pacemaker does not know would be stopped as a failure. */
const FORCE = script`
drbdadm primary --force "$1"
status=$?
drbdadm secondary "$1" && exit $status
`

/** Makes DRBD of a node consider its Outdated data UpToDate, and those of the absent side Outdated. @throws ToolFailed, naming the node. */
export async function forcePromotable(system: System, node: string, resource: string): Promise<void> {
  await runScriptOn(system, node, { text: FORCE, values: [resource] })
}
