import { RUN_DIRECTORY } from '../files.ts'
import { Missing, runToSuccess, type System, type Tool } from '../system.ts'
import { crmAttribute } from './promotion-score.ts'

const fromCliUtils = (name: string): Tool => ({ name, package: 'pacemaker-cli-utils' })
export const cibadmin = fromCliUtils('cibadmin')
const crmVerify = fromCliUtils('crm_verify')
const crmMon = fromCliUtils('crm_mon')
const crmSimulate = fromCliUtils('crm_simulate')
const crmResource = fromCliUtils('crm_resource')

/** The cluster's configuration and status, as XML. @throws Missing when Pacemaker does not run here. */
export async function queryCib(system: System): Promise<string> {
  return look(system, cibadmin, ['--query'])
}

/** Exit status of Pacemaker's tools when its daemons do not run on this node (CRM_EX_DISCONNECT). */
const DISCONNECTED = 102

async function look(system: System, tool: Tool, args: readonly string[]): Promise<string> {
  const options = { timeoutSeconds: 60, looks: true, accepted: [0, DISCONNECTED] } as const
  const { status, stdout } = await runToSuccess(system, tool, args, options)
  if (status === DISCONNECTED)
    throw new Missing('Pacemaker is not running on this node: start it, or run vhacs on another node of the cluster')
  return stdout
}

/** Several changes may be tried at the same time. */
let copies = 0

/**
 * The CIB as it would be after a patch, which crm_verify has found valid. It is tried on a copy in that directory.
 * @throws ToolFailed with what crm_verify or cibadmin said.
 */
export async function tryPatch(system: System, cib: string, patch: string, directory = RUN_DIRECTORY): Promise<string> {
  copies += 1
  const copy = `${directory}/cib-${process.pid}-${copies}.xml`
  await system.makeDirectory(directory, { parents: true })
  await system.write(copy, cib)
  try {
    const onCopy = { input: patch, environment: { CIB_file: copy }, timeoutSeconds: 60, looks: true as const }
    await runToSuccess(system, cibadmin, ['--patch', '--xml-pipe'], onCopy)
    const patched = system.read(copy)
    await system.write(copy, withEveryNodeOnline(patched))
    await runToSuccess(system, crmVerify, ['--xml-file', copy, '-V', '-V'], { timeoutSeconds: 60, looks: true })
    return patched
  } finally {
    await system.remove(copy)
  }
}

/**
 * Applies a patch to the CIB as a whole or not at all, after crm_verify has found its result valid.
 * `cib` is what the patch was made for; it is tried on a copy of that first.
 * @throws ToolFailed with what crm_verify or cibadmin said.
 */
export async function applyPatch(system: System, cib: string, patch: string): Promise<void> {
  await tryPatch(system, cib, patch)
  await runToSuccess(system, cibadmin, ['--patch', '--xml-pipe'], { input: patch, timeoutSeconds: 60 })
}

/** Exit status of cibadmin when the CIB is newer than the patch (CRM_EX_OLD). */
const OLD = 103

/**
 * Applies a patch, which has been tried, if the CIB still has the version that it names. Returns whether it had.
 * @throws ToolFailed with what cibadmin said.
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
 * A CIB whose status says that all nodes are there and nothing runs. crm_verify plans what would happen next, and would
 * take a node that is being fenced, or of which nothing is known, for a mistake of the configuration.
 */
function withEveryNodeOnline(cib: string): string {
  const nodes = [...cib.matchAll(/<node id="([^"]*)" uname="([^"]*)"/g)]
  const states = nodes.map(
    ([, id, uname]) =>
      `<node_state id="${id}" uname="${uname}" in_ccm="true" crmd="online" join="member" expected="member"/>`,
  )
  return cib.replace(/<status>.*<\/status>|<status\/>/s, `<status>${states.join('')}</status>`)
}

/** Waits until Pacemaker has nothing left to do. */
export async function waitUntilIdle(system: System): Promise<void> {
  await runToSuccess(system, crmResource, ['--wait', `--timeout=${IDLE_SECONDS}s`], {
    timeoutSeconds: IDLE_SECONDS + 30,
  })
}

const IDLE_SECONDS = 600

/** What runs where, as crm_mon's XML. @throws Error when Pacemaker does not run here. */
export async function monitorCluster(system: System): Promise<string> {
  return look(system, crmMon, ['-1', '--inactive', '--output-as=xml'])
}

/** Sets (or with undefined deletes) an attribute of a node, for good. */
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

/** Has Pacemaker forget the failures of a resource, be it a group or a clone, and try again. */
export async function cleanUp(system: System, resource: string): Promise<void> {
  const args = ['--cleanup', '--resource', resource]
  await runToSuccess(system, crmResource, args, { timeoutSeconds: 120 })
}

/**
 * Has Pacemaker move a group to a node. It does so by a preference that ends by itself, as a killed caller could not end it.
 * @see crm_resource(8), --move
 */
export async function moveGroup(system: System, group: string, node: string): Promise<void> {
  const args = ['--move', '--resource', group, '--node', node, '--lifetime', 'PT10M']
  await runToSuccess(system, crmResource, args, { timeoutSeconds: 60 })
}

/** Ends what `moveTo` began; what has moved stays. */
export async function clearMove(system: System, group: string): Promise<void> {
  await runToSuccess(system, crmResource, ['--clear', '--resource', group], { timeoutSeconds: 60 })
}
