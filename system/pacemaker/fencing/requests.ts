import { runToSuccess, type System, type Tool } from '../../system.ts'

const stonithAdmin: Tool = { name: 'stonith_admin', package: 'pacemaker-cli-utils' }

/** What stonith_admin prints about the requests to fence a node, or any (`*`), as XML. @throws ToolFailed when the fencer does not answer. */
export async function queryFencingHistory(system: System, node: string, signal: AbortSignal): Promise<string> {
  // without --verbose, requests that are pending are not listed
  const args = ['--history', node, '--verbose', '--output-as=xml']
  return (await runToSuccess(system, stonithAdmin, args, { signal, looks: true })).stdout
}
