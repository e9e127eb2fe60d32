import { type Finished, type RunOptions, type System, type Tool, ToolFailed } from './system.ts'

const ssh: Tool = { name: 'ssh', package: 'openssh-client' }

/** Exit status of ssh when it could not reach the node or log in (ssh(1), EXIT STATUS). */
const SSH_FAILED = 255

/**
 * Runs a command on a node of the cluster as root, over ssh with keys only; on this node itself without ssh.
 * @throws ToolFailed, naming the node, for an exit status other than 0 or those in `accepted`.
 */
export async function runOn(
  system: System,
  node: string,
  command: readonly [string, ...string[]],
  options: RunOptions & { readonly accepted?: readonly number[] } = {},
): Promise<Finished> {
  const { accepted = [0], ...runOptions } = options
  const bounded = { timeoutSeconds: 120, ...runOptions }
  const finished =
    node === hostName(system)
      ? await system.run({ name: 'env', package: 'coreutils' }, command, bounded)
      : await system.run(ssh, [...SSH_OPTIONS, `root@${node}`, '--', command.map(quoteForShell).join(' ')], bounded)
  const readable = { ...finished, command: `${node}: ${command.join(' ')}` }
  if (finished.status === SSH_FAILED) throw new ToolFailed({ ...readable, command: `ssh root@${node}` })
  if (finished.status === undefined || !accepted.includes(finished.status)) throw new ToolFailed(readable)
  return readable
}

/** Never asks for a password; a node that is down costs one short time-out. */
const SSH_OPTIONS = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '-o', 'ServerAliveInterval=10']

/** This node's name, which is its name in the cluster too. */
export function hostName(system: System): string {
  return system.read('/proc/sys/kernel/hostname').trim()
}

/** ssh hands one text to the login shell of the other side. */
function quoteForShell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
