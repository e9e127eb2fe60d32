import { type Finished, type RunOptions, type System, type Tool, ToolFailed } from './system.ts'

const ssh: Tool = { name: 'ssh', package: 'openssh-client' }
const env: Tool = { name: 'env', package: 'coreutils' }

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
  const isHere = node === hostName(system)
  const finished = isHere
    ? await system.run(env, command, bounded)
    : await system.run(ssh, [...SSH_OPTIONS, `root@${node}`, '--', command.map(quoteForShell).join(' ')], bounded)
  const named = { ...finished, command: `${node}: ${command.join(' ')}` }
  if (finished.status === SSH_FAILED && !isHere) throw new ToolFailed({ ...named, command: `ssh root@${node}` })
  if (finished.status === undefined || !accepted.includes(finished.status)) throw new ToolFailed(named)
  return named
}

/**
 * Never asks for a password or whether to trust a host key: what ssh's own configuration does not settle is refused. A node
 * that is down costs one short time-out.
 */
const SSH_OPTIONS = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '-o', 'ServerAliveInterval=10']

/** What a tool is run for, as an operator would type it there: `node2: lvs vhacs` for a call of ssh. */
export function commandText(system: System, tool: Tool, args: readonly string[]): string {
  if (tool.name === env.name) return `${hostName(system)}: ${args.map(readable).join(' ')}`
  if (tool.name !== ssh.name) return `${hostName(system)}: ${[tool.name, ...args].map(readable).join(' ')}`
  const [host = '', , text = ''] = args.slice(-3)
  return `${host.replace(/^root@/, '')}: ${unquoted(text)}`
}

/** This node's name, which is its name in the cluster too. */
export function hostName(system: System): string {
  return system.read('/proc/sys/kernel/hostname').trim()
}

/** ssh hands one text to the login shell of the other side. */
function quoteForShell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** A word quoted only where a shell would read something else. */
function readable(word: string): string {
  return unquoted(quoteForShell(word))
}

function unquoted(text: string): string {
  return text.replace(/'([\w@%+=:,./-]+)'/g, '$1')
}
