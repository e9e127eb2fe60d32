import { hostName } from '../host-name.ts'
import { runToSuccess, type System, type Tool } from '../system.ts'
import { SSH_OPTIONS } from './connection.ts'

const scp: Tool = { name: 'scp', package: 'openssh-client' }

/**
 * Copies a file with its permissions from one node to the same path on another. Its content appears neither on a command line nor
 * in the output of -V.
 * @throws ToolFailed when a node is unreachable, or the file cannot be copied.
 */
export async function copyBetween(system: System, path: string, from: string, to: string): Promise<void> {
  const place = (node: string) => (node === hostName(system) ? path : `root@${node}:${path}`)
  // -3: through this node, so that the two need not reach each other
  const args = ['-3', '-p', '-q', ...SSH_OPTIONS, place(from), place(to)]
  await runToSuccess(system, scp, args, { timeoutSeconds: 120 })
}
