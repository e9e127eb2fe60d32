import { RUN_DIRECTORY } from '../files.ts'
import { hostName } from '../host-name.ts'
import { type Finished, type RunOptions, type System, type Tool, ToolFailed } from '../system.ts'

const ssh: Tool = { name: 'ssh', package: 'openssh-client' }
const env: Tool = { name: 'env', package: 'coreutils' }

/** Exit status of ssh when it could not reach the node or log in (ssh(1), EXIT STATUS). */
export const SSH_FAILED = 255

/** Exit status of env, and of a shell, for a tool that is not installed (env(1), EXIT STATUS). */
export const COMMAND_NOT_FOUND = 127

/** No query of a node has a longer answer. */
const MAX_ANSWER_BYTES = 8 * 2 ** 20

export interface RemoteOptions extends RunOptions {
  readonly accepted?: readonly number[]
  /** Also on this node, the command gets the environment and the directory of a root login. */
  readonly asLogin?: true
}

/**
 * Runs a command on a node of the cluster as root, over ssh with keys only; on this node itself without ssh.
 * @throws ToolFailed, naming the node, for an exit status other than 0 or those in `accepted`.
 */
export async function runOn(
  system: System,
  node: string,
  command: readonly [string, ...string[]],
  { accepted = [0], asLogin, ...runOptions }: RemoteOptions = {},
): Promise<Finished> {
  const bounded = { timeoutSeconds: 120, maxBytes: MAX_ANSWER_BYTES, ...runOptions }
  const isHere = node === hostName(system)
  const finished = isHere
    ? await system.run(env, asLogin ? [...LOGIN, ...command] : command, bounded)
    : await runByShell(system, node, command.map(quoteForShell).join(' '), bounded)
  const named = { ...finished, command: `${node}: ${command.join(' ')}` }
  if (finished.status === SSH_FAILED && !isHere) throw unreachable(node, finished)
  if (finished.status === undefined || !accepted.includes(finished.status))
    throw new ToolFailed(runOptions.isSecret ? { ...named, stdout: '' } : named)
  return named
}

/** The environment and directory that sshd sets for root on Debian. */
const LOGIN = [
  '--chdir=/root',
  ...['HOME=/root', 'USER=root', 'LOGNAME=root', 'SHELL=/bin/bash'],
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
]

function unreachable(node: string, finished: Finished): ToolFailed {
  const [, advice] = ADVICE.find(([words]) => words.test(finished.stderr)) ?? []
  const stderr = advice === undefined ? finished.stderr : `${finished.stderr.trimEnd()} (${advice})`
  return new ToolFailed({ ...finished, stderr, command: `ssh root@${node}` })
}

/** Advice for an error of ssh. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/Host key verification failed/, 'vhacs never prompts: verify its host key and add it to known_hosts'],
  [/Permission denied/, "vhacs uses root's own SSH keys: add root's public key to authorized_keys there"],
]

/**
 * ssh never prompts for a password or to accept a host key: it refuses what its own configuration does not allow. A short timeout
 * detects an unreachable node, also one that goes down during a command.
 */
export const SSH_OPTIONS = [
  ...['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10'],
  ...['-o', 'ServerAliveInterval=10', '-o', 'ServerAliveCountMax=2'],
]

/**
 * All commands to a node share one connection, which stays open for a minute, because a new one takes longer than most commands.
 */
const SHARED = ['-o', 'ControlMaster=auto', '-o', `ControlPath=${RUN_DIRECTORY}/ssh-%C`, '-o', 'ControlPersist=60']

/** A host name or address. Anything else might reach a shell through ssh (ssh_config(5), ProxyCommand). */
const HOST = /^[\w:][\w.:%-]{0,254}$/

async function runByShell(system: System, node: string, text: string, options: RunOptions): Promise<Finished> {
  if (!HOST.test(node)) return { command: 'ssh', status: SSH_FAILED, stdout: '', stderr: 'not a valid host name' }
  const { finished, sshOptions } = await connection(system, node, options)
  if (finished.status !== 0) return finished
  return system.run(ssh, [...sshOptions, `root@${node}`, '--', text], options)
}

interface Connection {
  /** The result of opening the connection. */
  readonly finished: Finished
  readonly sshOptions: readonly string[]
}

interface Attempt {
  readonly connection: Promise<Connection>
  hasFailed: boolean
}

const attempts = new WeakMap<System, Map<string, Attempt>>()

/**
 * The connection to a node, opened by the first command that needs it: otherwise concurrent commands would open one each. All
 * read-only commands together wait for one timeout of an unreachable node; a command that makes a change tries again.
 */
async function connection(system: System, node: string, { signal, looks }: RunOptions): Promise<Connection> {
  const known = attemptsOf(system)
  const last = known.get(node)
  if (last && (looks || !last.hasFailed)) return last.connection
  const attempt: Attempt = { connection: connect(system, node, signal), hasFailed: false }
  known.set(node, attempt)
  try {
    const made = await attempt.connection
    attempt.hasFailed = made.finished.status !== 0
    return made
  } catch (error) {
    // an aborted attempt does not mean that the node is unreachable
    if (known.get(node) === attempt) known.delete(node)
    throw error
  }
}

function attemptsOf(system: System): Map<string, Attempt> {
  const known = attempts.get(system) ?? new Map<string, Attempt>()
  attempts.set(system, known)
  return known
}

/** Makes read-only commands also retry nodes that were unreachable. For callers that wait for a change. */
export function forgetFailedConnections(system: System): void {
  const known = attemptsOf(system)
  for (const [node, { hasFailed }] of known) if (hasFailed) known.delete(node)
}

/** Makes a wrapper of a system use the connections of that system. */
export function shareConnections(wrapper: System, system: System): void {
  attempts.set(wrapper, attemptsOf(system))
}

/** Who cannot create the socket, because of permissions or a full file system, gets a connection for each command. */
async function connect(system: System, node: string, signal: AbortSignal | undefined): Promise<Connection> {
  const connectBy = async (sshOptions: readonly string[]): Promise<Connection> => {
    const options = { looks: true, timeoutSeconds: 60, ...(signal && { signal }) } as const
    const args = [...sshOptions, `root@${node}`, '--', quoteForShell('true')]
    return { finished: await system.run(ssh, args, options), sshOptions }
  }
  if (!(await canCreateSockets(system))) return connectBy(SSH_OPTIONS)
  const shared = await connectBy([...SSH_OPTIONS, ...SHARED])
  // ssh does not continue without its socket
  const isWithoutSocket = shared.finished.status === SSH_FAILED && shared.finished.stderr.includes('unix_listener')
  return isWithoutSocket ? connectBy(SSH_OPTIONS) : shared
}

async function canCreateSockets(system: System): Promise<boolean> {
  try {
    await system.makeDirectory(RUN_DIRECTORY, { parents: true })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}

/** A command as an operator would type it on its node: `node2: lvs vhacs` for an ssh call. */
export function commandText(system: System, tool: Tool, args: readonly string[]): string {
  if (tool.name === env.name)
    return `${hostName(system)}: ${args
      .slice(args[0] === LOGIN[0] ? LOGIN.length : 0)
      .map(readable)
      .join(' ')}`
  if (tool.name !== ssh.name) return `${hostName(system)}: ${[tool.name, ...args].map(readable).join(' ')}`
  const [host = '', , text = ''] = args.slice(-3)
  return `${host.replace(/^root@/, '')}: ${unquoted(text)}`
}

/** ssh passes its command as one text to the login shell of the other node. */
export function quoteForShell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** A word of a command for an operator to type, quoted only where a shell would change it. */
export function readable(word: string): string {
  return unquoted(quoteForShell(word))
}

function unquoted(text: string): string {
  return text.replace(/'([\w@%+=:,./-]+)'/g, '$1')
}
