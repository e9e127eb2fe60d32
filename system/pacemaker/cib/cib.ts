import { resolve } from 'node:path'
import { RUN_DIRECTORY } from '../../files.ts'
import {
  type Finished,
  Missing,
  type RunOptions,
  runToSuccess,
  type System,
  type Tool,
  ToolFailed,
} from '../../system.ts'
import { crmAttribute } from '../attributes/promotion-score.ts'
import { crmExit } from '../exit-status.ts'
import { REFUSALS, refusal } from '../refused-cib.ts'
import { schedulingSeconds } from '../scheduling-time.ts'
import { withCibCopy } from './copy.ts'

const fromCliUtils = (name: string): Tool => ({ name, package: 'pacemaker-cli-utils' })
export const cibadmin = fromCliUtils('cibadmin')
const crmVerify = fromCliUtils('crm_verify')
const crmMon = fromCliUtils('crm_mon')
const crmResource = fromCliUtils('crm_resource')

/** The cluster's configuration and status, as XML. @throws Missing when Pacemaker is not running here. */
export async function queryCib(system: System): Promise<string> {
  return query(system, cibadmin, ['--query'])
}

/**
 * The same as this node has it, which needs no coordinator and no quorum: after a change of the membership it may be out of date.
 * @throws ToolFailed when Pacemaker is not running here.
 */
export async function queryLocalCib(system: System, signal: AbortSignal): Promise<string> {
  return (await runToSuccess(system, cibadmin, ['--query', '--local'], { signal, looks: true })).stdout
}

async function query(system: System, tool: Tool, args: readonly string[], timeoutSeconds = 60): Promise<string> {
  const options = { timeoutSeconds, looks: true, accepted: [0, crmExit.disconnected] } as const
  const { status, stdout } = await runUnlessRefused(system, tool, args, options)
  if (status === crmExit.disconnected)
    throw new Missing('Pacemaker is not running on this node: start it, or run vhacs on another node of the cluster')
  return stdout
}

/**
 * Runs a tool on a CIB that may be a file from another host.
 * @throws RangeError for a CIB that Pacemaker does not accept, ToolFailed for any other status not in `accepted`.
 */
async function runUnlessRefused(
  system: System,
  tool: Tool,
  args: readonly string[],
  { accepted = [0], ...options }: RunOptions & { readonly accepted?: readonly number[] },
): Promise<Finished> {
  const finished = await runToSuccess(system, tool, args, { ...options, accepted: [...accepted, ...REFUSALS] })
  const why = refusal(finished)
  if (why !== undefined) throw new RangeError(why)
  if (finished.status !== undefined && accepted.includes(finished.status)) return finished
  throw new ToolFailed(finished)
}

/** A patch, and the CIB to try it on. */
export interface Trial {
  readonly cib: string
  readonly patch: string
  /** The part of the patched CIB that crm_verify checks. */
  readonly verifiable: (cib: string) => string
  /** Directory for the copy, if not the usual one. */
  readonly directory?: string | undefined
}

/**
 * The CIB as it would be after a patch, validated by crm_verify. The patch is tried on a copy.
 * @throws RangeError for a CIB that Pacemaker does not accept, ToolFailed with the output of crm_verify or cibadmin.
 */
export async function tryPatch(system: System, trial: Trial): Promise<string> {
  const { cib, patch, verifiable, directory = RUN_DIRECTORY } = trial
  return withCibCopy(system, cib, directory, async copy => {
    const onCopy = { input: patch, environment: { CIB_file: copy }, timeoutSeconds: 60, looks: true as const }
    await runUnlessRefused(system, cibadmin, ['--patch', '--xml-pipe'], onCopy)
    const patched = system.read(copy)
    await system.write(copy, verifiable(patched))
    await runToSuccess(system, crmVerify, ['--xml-file', copy, '-V', '-V'], {
      timeoutSeconds: schedulingSeconds(patched),
      looks: true,
    })
    return patched
  })
}

/**
 * Applies a patch to the CIB completely or not at all, after crm_verify has validated its result.
 * The patch is first tried on a copy of the CIB that it was made for.
 * @throws ToolFailed with the output of crm_verify or cibadmin.
 */
export async function applyPatch(system: System, trial: Trial): Promise<void> {
  await tryPatch(system, trial)
  await runToSuccess(system, cibadmin, ['--patch', '--xml-pipe'], { input: trial.patch, timeoutSeconds: 60 })
}

/**
 * Applies a patch that has been tried if the CIB still has the version in the patch. Returns whether it was applied.
 * @throws ToolFailed with the output of cibadmin.
 */
export async function applyIfUnchanged(system: System, patch: string, file?: string): Promise<boolean> {
  // tools run in a different directory
  const environment = file === undefined ? {} : { CIB_file: resolve(file) }
  const options = { input: patch, environment, timeoutSeconds: 60, accepted: [0, crmExit.old] }
  const { status } = await runToSuccess(system, cibadmin, ['--patch', '--xml-pipe'], options)
  return status === 0
}

/** Deletes the element of the CIB at an XPath, if there is one. @throws ToolFailed */
export async function deleteAt(
  system: System,
  xpath: string,
  bounds: Pick<RunOptions, 'signal' | 'timeoutSeconds'> = { timeoutSeconds: 60 },
): Promise<void> {
  const options = { ...bounds, accepted: [0, crmExit.noSuchElement] }
  await runToSuccess(system, cibadmin, ['--delete', '--xpath', xpath], options)
}

/** Waits until Pacemaker has no more actions to run. */
export async function waitUntilIdle(system: System): Promise<void> {
  await runToSuccess(system, crmResource, ['--wait', `--timeout=${IDLE_SECONDS}s`], {
    timeoutSeconds: IDLE_SECONDS + 30,
  })
}

const IDLE_SECONDS = 600

interface MonitorOptions {
  readonly timeoutSeconds?: number
  /** Only these, as crm_mon(8) names them for --include; the others cost time to print and to read. */
  readonly sections?: readonly string[]
}

/** What runs where, as crm_mon's XML. @throws Missing when Pacemaker is not running here. */
export async function monitorCluster(system: System, options: MonitorOptions = {}): Promise<string> {
  const { sections, timeoutSeconds } = options
  const shown = sections === undefined ? [] : ['--exclude=all', `--include=${sections.join(',')}`]
  return query(system, crmMon, ['-1', '--inactive', '--output-as=xml', ...shown], timeoutSeconds)
}

/** Sets (or with undefined deletes) a permanent attribute of a node. */
export async function setNodeAttribute(
  system: System,
  node: string,
  name: string,
  value: string | undefined,
): Promise<void> {
  const change = value === undefined ? ['--delete'] : ['--update', value]
  await runToSuccess(system, crmAttribute, ['--node', node, '--name', name, '--lifetime', 'forever', ...change], {
    timeoutSeconds: 60,
  })
}

/**
 * Makes Pacemaker forget the failures of a resource, a group or a clone, on one node or on all, and try again. Where a promoted clone is
 * degraded, Pacemaker forgets that it runs, and restarts what depends on it: name a node, or remove the entries of degraded ones first.
 */
export async function cleanUp(system: System, resource: string, node?: string): Promise<void> {
  const args = ['--cleanup', '--resource', resource, ...(node === undefined ? [] : ['--node', node])]
  await runToSuccess(system, crmResource, args, { timeoutSeconds: 120 })
}

/**
 * Makes Pacemaker move a group to a node. The constraint for that expires, because a killed caller could not remove it. No
 * constraint is made if the group is already on that node, for example while it is starting there.
 * @see crm_resource(8), --move
 */
export async function moveGroup(system: System, group: string, node: string): Promise<void> {
  const args = ['--move', '--resource', group, '--node', node, '--lifetime', 'PT10M']
  await runToSuccess(system, crmResource, args, { timeoutSeconds: 60, accepted: [0, crmExit.exists] })
}

/** Removes the constraint of `moveGroup`; the group stays where it is. */
export async function clearMove(system: System, group: string): Promise<void> {
  await runToSuccess(system, crmResource, ['--clear', '--resource', group], { timeoutSeconds: 60 })
}
