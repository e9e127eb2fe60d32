import { runToSuccess, type System, type Tool } from '../../system.ts'

const crmNode: Tool = { name: 'crm_node', package: 'pacemaker' }

/**
 * Makes Pacemaker forget a node that corosync's configuration no longer names: its entry, its state and its attributes.
 * @throws ToolFailed
 * @see crm_node(8), --remove
 */
export async function removeNode(system: System, node: string): Promise<void> {
  await runToSuccess(system, crmNode, ['--force', '--remove', node], { timeoutSeconds: 60 })
}
