import { cibadmin } from '../pacemaker/cib/cib.ts'
import { crmExit } from '../pacemaker/exit-status.ts'
import { parseProcessStat } from '../proc/process-stat.ts'
import { processAt } from '../proc/processes.ts'
import { runToSuccess, type System } from '../system.ts'
import { excerpt, parseAnswer } from './answer.ts'
import { runOn } from './ssh.ts'

const LOCK = 'vhacs-lock'

/** A process on a node, by number and start time: numbers are reused. */
export interface LockHolder {
  readonly node: string
  readonly pid: number
  readonly startTime: string
}

/**
 * Acquires the lock of the cluster, an element of the CIB: of two elements with the same id the coordinator accepts one. Returns
 * undefined when it was acquired, otherwise the element of its holder as XML, or `gone` when it was released between the attempt
 * and the query.
 */
export async function acquireLock(system: System, holder: LockHolder): Promise<string | undefined> {
  const nvpair = `<nvpair id="${LOCK}-holder" name="${LOCK}" value="${holderText(holder)}"/>`
  const xml = `<cluster_property_set id="${LOCK}">${nvpair}</cluster_property_set>`
  const args = ['--create', '--scope', 'crm_config', '--xml-text', xml]
  const { status } = await runToSuccess(system, cibadmin, args, { timeoutSeconds: 60, accepted: [0, crmExit.exists] })
  if (status === 0) return undefined
  const query = ['--query', '--xpath', `//cluster_property_set[@id='${LOCK}']`]
  const options = { timeoutSeconds: 60, looks: true, accepted: [0, crmExit.noSuchElement] } as const
  const found = await runToSuccess(system, cibadmin, query, options)
  return found.status === crmExit.noSuchElement ? 'gone' : found.stdout
}

/** Releases the lock if `holder` has it: this process, or one that has ended. */
export async function releaseLock(system: System, holder: LockHolder): Promise<void> {
  const xpath = `//cluster_property_set[@id='${LOCK}' and nvpair/@value='${holderText(holder)}']`
  await runToSuccess(system, cibadmin, ['--delete', '--xpath', xpath], { timeoutSeconds: 60 })
}

/**
 * Whether a holder is still running.
 * @throws ToolFailed when its node is unreachable, or its answer cannot be read.
 */
export async function isHolderRunning(system: System, { node, pid, startTime }: LockHolder): Promise<boolean> {
  const options = { looks: true, accepted: [0, 1], timeoutSeconds: 20 } as const
  const finished = await runOn(system, node, ['cat', `/proc/${pid}/stat`], options)
  if (finished.status !== 0) return false
  return parseAnswer(finished, text => startTimeIn(text) === startTime)
}

/** Text of another form does not mean that the process has ended. @throws RangeError for such text. */
function startTimeIn(text: string): string {
  const found = parseProcessStat(text)
  if (found === undefined) throw new RangeError(`expected the state of a process, got ${excerpt(text)}`)
  return found.startTime
}

/** This process, on this node. */
export function thisProcess(system: System, node: string): LockHolder {
  const found = processAt(system, 'self')
  if (!found) throw new Error('/proc/self/stat: unexpected text')
  return { node, pid: found.pid, startTime: found.startTime }
}

function holderText({ node, pid, startTime }: LockHolder): string {
  return `${node} ${pid} ${startTime}`
}
