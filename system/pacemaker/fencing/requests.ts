import { runToSuccess, type System, type Tool } from '../../system.ts'

const stonithAdmin: Tool = { name: 'stonith_admin', package: 'pacemaker-cli-utils' }

/** What stonith_admin prints about the requests to fence a node, as XML. @throws ToolFailed when the fencer does not answer. */
export async function queryFencingHistory(system: System, node: string, signal: AbortSignal): Promise<string> {
  const args = ['--history', node, '--output-as=xml']
  return (await runToSuccess(system, stonithAdmin, args, { signal, looks: true })).stdout
}
