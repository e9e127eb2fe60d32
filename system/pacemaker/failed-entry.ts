import { runToSuccess, type System, type Tool } from '../system.ts'
import { cibadmin } from './cib/cib.ts'
import { crmExit } from './exit-status.ts'
import { isPlainId } from './ids.ts'

const shell: Tool = { name: 'sh', package: 'dash' }

/** An entry of a resource among the failed actions of a node. */
export interface FailedEntry {
  readonly node: string
  readonly resource: string
  /** It counts only with one of these exit statuses. */
  readonly exitCodes: readonly number[]
}

interface Bounds {
  readonly signal: AbortSignal
  readonly timeoutSeconds: number
}

/**
 * Whether the CIB has the entry as the resource's last failure there. @throws ToolFailed, also when Pacemaker is not running.
 */
export async function hasFailedEntry(system: System, entry: FailedEntry, bounds: Bounds): Promise<boolean> {
  const { node, resource, exitCodes } = entry
  if (!isPlainId(node) || !isPlainId(resource)) return false
  const codes = exitCodes.map(code => `@rc-code='${code}'`).join(' or ')
  const path = `//node_state[@uname='${node}']//lrm_resource[@id='${resource}']/lrm_rsc_op[@id='${resource}_last_failure_0'][${codes}]`
  const accepted = [0, crmExit.noSuchElement]
  const { status } = await runToSuccess(system, cibadmin, ['--query', '--xpath', path], { ...bounds, accepted })
  return status === 0
}

/**
 * Whether Pacemaker counts failures of the resource on the node, of whatever action; degraded results are not counted. An instance
 * of a clone has its own count if it is unique. @throws ToolFailed.
 */
export async function hasFailCount(system: System, { node, resource }: FailedEntry, bounds: Bounds): Promise<boolean> {
  if (!isPlainId(node) || !isPlainId(resource)) return false
  const name = `fail-count-${resource}`
  const names = [`@name='${name}'`, ...['#', ':'].map(next => `starts-with(@name,'${name}${next}')`)].join(' or ')
  const path = `//node_state[@uname='${node}']/transient_attributes//nvpair[${names}][@value!='0']`
  const accepted = [0, crmExit.noSuchElement]
  const { status } = await runToSuccess(system, cibadmin, ['--query', '--xpath', path], { ...bounds, accepted })
  return status === 0
}

/**
 * Starts what an operator would type to remove the entry, and does not wait for it: Pacemaker cleans a resource up only when the
 * action that is running has ended. It then probes the resource on that node, and monitors it as before. All that Pacemaker
 * remembers of the resource there goes, its fail counts too.
 */
export async function startCleanup(system: System, { node, resource }: FailedEntry, bounds: Bounds): Promise<void> {
  const cleanup = ['crm_resource', '--cleanup', '--resource', resource, '--node', node]
  await runToSuccess(system, shell, ['-c', 'exec setsid --fork -- "$@" >/dev/null 2>&1', 'sh', ...cleanup], bounds)
}
