import { RUN_DIRECTORY } from '../files.ts'
import type { Finished, RunOptions, System, Tool } from '../system.ts'

export const ssh: Tool = { name: 'ssh', package: 'openssh-client' }

/** Exit status of ssh when it could not reach the node or log in (ssh(1), EXIT STATUS). */
export const SSH_FAILED = 255

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
export async function connection(system: System, node: string, { signal, looks }: RunOptions): Promise<Connection> {
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

/** ssh passes its command as one text to the login shell of the other node. */
export function quoteForShell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
