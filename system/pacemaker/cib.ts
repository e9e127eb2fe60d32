import { RUN_DIRECTORY } from '../files.ts'
import { Missing, runToSuccess, type System, type Tool } from '../system.ts'
import { withCibCopy } from './cib-copy.ts'
import { crmAttribute } from './promotion-score.ts'

const fromCliUtils = (name: string): Tool => ({ name, package: 'pacemaker-cli-utils' })
export const cibadmin = fromCliUtils('cibadmin')
const crmVerify = fromCliUtils('crm_verify')
const crmMon = fromCliUtils('crm_mon')
const crmSimulate = fromCliUtils('crm_simulate')
const crmResource = fromCliUtils('crm_resource')

/** The cluster's configuration and status, as XML. @throws Missing when Pacemaker is not running here. */
export async function queryCib(system: System): Promise<string> {
  return query(system, cibadmin, ['--query'])
}

/** Exit status of Pacemaker's tools when its daemons are not running on this node (CRM_EX_DISCONNECT). */
const DISCONNECTED = 102

async function query(system: System, tool: Tool, args: readonly string[]): Promise<string> {
  const options = { timeoutSeconds: 60, looks: true, accepted: [0, DISCONNECTED] } as const
  const { status, stdout } = await runToSuccess(system, tool, args, options)
  if (status === DISCONNECTED)
    throw new Missing('Pacemaker is not running on this node: start it, or run vhacs on another node of the cluster')
  return stdout
}

/**
 * The CIB as it would be after a patch, validated by crm_verify. The patch is tried on a copy below `directory`.
 * @throws ToolFailed with the output of crm_verify or cibadmin.
 */
export async function tryPatch(system: System, cib: string, patch: string, directory = RUN_DIRECTORY): Promise<string> {
  return withCibCopy(system, cib, directory, async copy => {
    const onCopy = { input: patch, environment: { CIB_file: copy }, timeoutSeconds: 60, looks: true as const }
    await runToSuccess(system, cibadmin, ['--patch', '--xml-pipe'], onCopy)
    const patched = system.read(copy)
    await system.write(copy, withEveryNodeOnline(patched))
    await runToSuccess(system, crmVerify, ['--xml-file', copy, '-V', '-V'], { timeoutSeconds: 60, looks: true })
    return patched
  })
}

/**
 * Applies a patch to the CIB completely or not at all, after crm_verify has validated its result.
 * `cib` is the CIB that the patch was made for; the patch is first tried on a copy of it.
 * @throws ToolFailed with the output of crm_verify or cibadmin.
 */
export async function applyPatch(system: System, cib: string, patch: string): Promise<void> {
  await tryPatch(system, cib, patch)
  await runToSuccess(system, cibadmin, ['--patch', '--xml-pipe'], { input: patch, timeoutSeconds: 60 })
}

/** Exit status of cibadmin when the CIB is newer than the patch (CRM_EX_OLD). */
const OLD = 103

/**
 * Applies a patch that has been tried if the CIB still has the version in the patch. Returns whether it was applied.
 * @throws ToolFailed with the output of cibadmin.
 */
export async function applyIfUnchanged(system: System, patch: string, file?: string): Promise<boolean> {
  const environment = file === undefined ? {} : { CIB_file: file }
  const options = { input: patch, environment, timeoutSeconds: 60, accepted: [0, OLD] }
  const { status } = await runToSuccess(system, cibadmin, ['--patch', '--xml-pipe'], options)
  return status === 0
}

/** What Pacemaker would do about a CIB, as crm_simulate's XML. */
export async function plannedActions(system: System, cib: string): Promise<string> {
  const options = { input: cib, timeoutSeconds: 120, looks: true } as const
  return (await runToSuccess(system, crmSimulate, ['--run', '--xml-pipe', '--output-as=xml'], options)).stdout
}

/**
 * The CIB with a status in which all nodes are online and nothing is running. crm_verify schedules actions, and would report a
 * node that is being fenced, or whose state is unknown, as an error of the configuration.
 */
function withEveryNodeOnline(cib: string): string {
  const nodes = [...cib.matchAll(/<node id="([^"]*)" uname="([^"]*)"/g)]
  const states = nodes.map(
    ([, id, uname]) =>
      `<node_state id="${id}" uname="${uname}" in_ccm="true" crmd="online" join="member" expected="member"/>`,
  )
  return cib.replace(/<status>(?:(?!<status>).)*<\/status>|<status\/>/s, `<status>${states.join('')}</status>`)
}

/** Waits until Pacemaker has no more actions to run. */
export async function waitUntilIdle(system: System): Promise<void> {
  await runToSuccess(system, crmResource, ['--wait', `--timeout=${IDLE_SECONDS}s`], {
    timeoutSeconds: IDLE_SECONDS + 30,
  })
}

const IDLE_SECONDS = 600

/** What runs where, as crm_mon's XML. @throws Missing when Pacemaker is not running here. */
export async function monitorCluster(system: System): Promise<string> {
  return query(system, crmMon, ['-1', '--inactive', '--output-as=xml'])
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

/** Makes Pacemaker forget the failures of a resource, a group or a clone, and try again. */
export async function cleanUp(system: System, resource: string): Promise<void> {
  const args = ['--cleanup', '--resource', resource]
  await runToSuccess(system, crmResource, args, { timeoutSeconds: 120 })
}

/**
 * Makes Pacemaker move a group to a node. The constraint for that expires, as a killed caller could not remove it.
 * @see crm_resource(8), --move
 */
export async function moveGroup(system: System, group: string, node: string): Promise<void> {
  const args = ['--move', '--resource', group, '--node', node, '--lifetime', 'PT10M']
  await runToSuccess(system, crmResource, args, { timeoutSeconds: 60 })
}

/** Removes the constraint of `moveGroup`; the group stays where it is. */
export async function clearMove(system: System, group: string): Promise<void> {
  await runToSuccess(system, crmResource, ['--clear', '--resource', group], { timeoutSeconds: 60 })
}
