import { runToSuccess, type System } from '../system.ts'
import { cibadmin, deleteAt } from './cib/cib.ts'
import { crmExit } from './exit-status.ts'
import { isPlainId } from './ids.ts'

/*
 * Entries among Pacemaker's failed actions that record a degraded resource, not a failed one. Only they are removed, as Pacemaker
 * itself does when a fail count expires: the rest of the history, such as what runs where, is kept. A cleanup (`crm_resource
 * --cleanup`) would make Pacemaker forget that a promoted clone runs there, and restart what depends on it.
 */

/** Such an entry of a resource, on one node. */
export interface DegradedEntry {
  readonly node: string
  readonly resource: string
}

interface Bounds {
  readonly signal?: AbortSignal
  readonly timeoutSeconds: number
}

/** The exit codes of a degraded resource, and of one that is promoted. @see Pacemaker, include/crm/common/results.h */
const IS_DEGRADED = "[@rc-code='190' or @rc-code='191']"

/**
 * Whether the CIB has the entry as the resource's last failure there. @throws ToolFailed, also when Pacemaker is not running.
 */
export async function hasDegradedEntry(system: System, entry: DegradedEntry, bounds: Bounds): Promise<boolean> {
  if (!isPlainId(entry.node) || !isPlainId(entry.resource)) return false
  const accepted = [0, crmExit.noSuchElement]
  const args = ['--query', '--xpath', pathTo(entry)]
  return (await runToSuccess(system, cibadmin, args, { ...bounds, accepted })).status === 0
}

/** Removes the entry. @throws ToolFailed */
export function removeDegradedEntry(system: System, entry: DegradedEntry, bounds: Bounds): Promise<void> {
  return deleteAt(system, pathTo(entry), bounds)
}

/** Removes such entries of the resources on all nodes. @throws ToolFailed */
export async function removeDegradedEntries(
  system: System,
  resources: readonly string[],
  bounds: Bounds,
): Promise<void> {
  const paths = resources.filter(isPlainId).map(resource => `//lrm_resource[@id='${resource}']/${entryOf(resource)}`)
  const accepted = [0, crmExit.noSuchElement]
  const args = ['--delete-all', '--force', '--xpath', paths.join('|')]
  if (paths.length > 0) await runToSuccess(system, cibadmin, args, { ...bounds, accepted })
}

function pathTo({ node, resource }: DegradedEntry): string {
  return `//node_state[@uname='${node}']//lrm_resource[@id='${resource}']/${entryOf(resource)}`
}

const entryOf = (resource: string) => `lrm_rsc_op[@id='${resource}_last_failure_0']${IS_DEGRADED}`
