import type { ChildProcess } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { type Finished, hasCode, type RunOptions, type Tool, ToolMissing } from '../../system.ts'
import { commandOf } from '../byte-text.ts'

const TOOL_DIRECTORIES = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/lib/drbd']
/** Nothing of the caller's. */
export const TOOL_ENVIRONMENT = { PATH: TOOL_DIRECTORIES.slice(0, 4).join(':'), LC_ALL: 'C' }

/** The errors of a node that has temporarily run out of processes, memory or file descriptors. */
const SHORTAGES = ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE']

/** The output of a tool is kept in memory: reading stops at this size. */
const MAX_BYTES = 64 * 2 ** 20

/** A killed process that does not end within this time hangs in the kernel. */
const KILLED_MILLISECONDS = 1000

/**
 * Runs a tool of the node. Settles soon after the timeout or the signal, whatever the process does: one that hangs in the kernel
 * is abandoned. @throws ToolMissing
 */
export async function runTool(
  tool: Tool,
  args: readonly string[],
  options: RunOptions & { readonly inOwnGroup: boolean },
): Promise<Finished> {
  const path = findTool(tool)
  // loaded on use: a monitor starts no process, and execa would double its start-up
  const { execa } = await import('execa')
  options.signal?.throwIfAborted()
  const [program, ...words] = commandOf(path, args)
  const child = execa(program, words, {
    env: { ...TOOL_ENVIRONMENT, ...options.environment },
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: options.maxBytes ?? MAX_BYTES,
    detached: options.inOwnGroup,
    // the operator's directory may have been removed, or be on a storage that is to be unmounted
    cwd: '/',
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  })
  const command = [tool.name, ...args].join(' ')
  const inTime = await within(options, child)
  if (inTime) {
    if (inTime.isMaxBuffer) return { command, status: undefined, stdout: '', stderr: tooMuch(options) }
    if (inTime.cause instanceof Error && inTime.exitCode === undefined && !inTime.isTerminated) {
      if (!hasCode(inTime.cause, ...SHORTAGES)) throw inTime.cause
      return { command, status: undefined, isUnstarted: true, stdout: '', stderr: inTime.cause.message }
    }
    return { command, status: inTime.exitCode, stdout: inTime.stdout, stderr: inTime.stderr }
  }
  kill(child.nodeChildProcess, options.inOwnGroup)
  const killed = await Promise.race([child, setTimeout(KILLED_MILLISECONDS, undefined, { ref: false })])
  if (!killed) abandon(child.nodeChildProcess)
  options.signal?.throwIfAborted()
  const timedOut = `timed out after ${options.timeoutSeconds} s`
  if (!killed) return { command, status: undefined, stdout: '', stderr: `${timedOut}, and it cannot be killed` }
  return { command, status: undefined, stdout: killed.stdout, stderr: killed.stderr + timedOut }
}

function tooMuch({ maxBytes = MAX_BYTES }: RunOptions): string {
  return `its output exceeds ${maxBytes / 2 ** 20} MiB`
}

/** The absolute path of a tool. @throws ToolMissing */
export function findTool(tool: Tool): string {
  const path = TOOL_DIRECTORIES.map(directory => `${directory}/${tool.name}`).find(file => isExecutable(file))
  if (path === undefined) throw new ToolMissing(tool)
  return path
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The result of the work; undefined when the timeout or the signal comes first. */
async function within<T>({ signal, timeoutSeconds }: RunOptions, work: Promise<T>): Promise<T | undefined> {
  const { promise: limit, resolve } = Promise.withResolvers<undefined>()
  const reach = () => resolve(undefined)
  const timer = timeoutSeconds && globalThis.setTimeout(reach, Math.ceil(timeoutSeconds * 1000))
  signal?.addEventListener('abort', reach)
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', reach)
  }
}

/** Kills it, with everything that it has started if it has a process group of its own. */
export function kill(child: ChildProcess, isGroup: boolean): void {
  if (!isGroup || child.pid === undefined) {
    child.kill('SIGKILL')
    return
  }
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error
  }
}

/** Stops waiting for it, so that this process can end. */
export function abandon(child: ChildProcess): void {
  child.unref()
  for (const stream of child.stdio) stream?.destroy()
}
