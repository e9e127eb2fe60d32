import type { StreamOptions, TerminalOptions } from '../file-status.ts'
import { hostName } from '../host-name.ts'
import { type Finished, type RunOptions, type System, type Tool, ToolFailed } from '../system.ts'
import { connection, quoteForShell, SSH_FAILED, ssh } from './connection.ts'

const env: Tool = { name: 'env', package: 'coreutils' }

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
    : await runByShell(system, node, command, bounded)
  return checked(finished, { node, command, isHere, accepted, ...runOptions })
}

/**
 * Runs a command likewise, between two streams: yields the bytes that it prints, as they come.
 * @throws ToolFailed at its end, naming the node, for an exit status other than 0; the error of the input.
 */
export async function* streamOn(
  system: System,
  node: string,
  command: readonly [string, ...string[]],
  options: StreamOptions,
): AsyncGenerator<Uint8Array, void> {
  const isHere = node === hostName(system)
  const way = isHere ? { args: command } : await wayTo(system, node, command, streamless(options))
  const finished = 'finished' in way ? way.finished : yield* system.stream(isHere ? env : ssh, way.args, options)
  const shown = options.shown === undefined ? command : [options.shown]
  checked(finished, { node, command: shown, isHere, accepted: [0] })
}

/**
 * Runs a command likewise, with the operator's terminal as its own. Returns its exit status; 255 also where the connection is lost.
 * @throws ToolFailed, naming the node, where that is unreachable.
 */
export async function runAtTerminalOn(
  system: System,
  node: string,
  command: readonly [string, ...string[]],
  options: TerminalOptions,
): Promise<number> {
  if (node === hostName(system)) return system.runAtTerminal(env, command, options)
  const way = await wayTo(system, node, command, options.signal ? { signal: options.signal } : {})
  if ('finished' in way) throw unreachable(node, way.finished)
  return system.runAtTerminal(ssh, [...AT_TERMINAL, ...way.args], options)
}

/** With a terminal there, and without a message that the connection is closed. */
const AT_TERMINAL = ['-t', '-o', 'LogLevel=ERROR']

function streamless({ signal, looks }: StreamOptions): RunOptions {
  return { ...(signal && { signal }), ...(looks && { looks }) }
}

interface Ran extends RunOptions {
  readonly node: string
  readonly command: readonly string[]
  readonly isHere: boolean
  readonly accepted: readonly number[]
}

/** @throws ToolFailed, naming the node. */
function checked(finished: Finished, { node, command, isHere, accepted, isSecret }: Ran): Finished {
  const named = { ...finished, command: `${node}: ${shownCommand(command)}` }
  if (finished.status === SSH_FAILED && !isHere) throw unreachable(node, finished)
  if (finished.status === undefined || !accepted.includes(finished.status))
    throw new ToolFailed(isSecret ? { ...named, stdout: '' } : named)
  return named
}

/** A command as messages show it: the settings that vhacs has LVM use are long, and never what is wrong. */
function shownCommand(command: readonly string[]): string {
  const at = command.indexOf('--config')
  return (at < 0 ? command : command.toSpliced(at, 2)).join(' ')
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

/** A host name or address. Anything else might reach a shell through ssh (ssh_config(5), ProxyCommand). */
const HOST = /^[\w:][\w.:%-]{0,254}$/

async function runByShell(system: System, node: string, command: readonly string[], options: RunOptions) {
  const way = await wayTo(system, node, command, options)
  return 'finished' in way ? way.finished : system.run(ssh, way.args, options)
}

/** The arguments of ssh for a command on another node, which is connected then; how ssh failed if it is not. */
async function wayTo(
  system: System,
  node: string,
  command: readonly string[],
  options: RunOptions,
): Promise<{ readonly args: readonly string[] } | { readonly finished: Finished }> {
  if (!HOST.test(node))
    return { finished: { command: 'ssh', status: SSH_FAILED, stdout: '', stderr: 'not a valid host name' } }
  const { finished, sshOptions } = await connection(system, node, options)
  if (finished.status !== 0) return { finished }
  return { args: [...sshOptions, `root@${node}`, '--', command.map(quoteForShell).join(' ')] }
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

/** A word of a command for an operator to type, quoted only where a shell would change it. */
export function readable(word: string): string {
  return unquoted(quoteForShell(word))
}

function unquoted(text: string): string {
  return text.replace(/'([\w@%+=:,./-]+)'/g, '$1')
}
