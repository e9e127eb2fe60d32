import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import type { TerminalOptions } from '../../file-status.ts'
import type { Tool } from '../../system.ts'
import { commandOf } from '../byte-text.ts'
import { findTool, TOOL_ENVIRONMENT } from './run-tool.ts'

/** What a shell adds to the number of the signal that ended a program. */
const SIGNALLED = 128

/**
 * Runs a tool that has the terminal of this process, in the group of this process: another one could not read its keys.
 * @throws ToolMissing, and the reason of the signal if it was aborted before.
 */
export async function runAtTerminal(tool: Tool, args: readonly string[], { signal }: TerminalOptions): Promise<number> {
  signal?.throwIfAborted()
  const [program, ...words] = commandOf(findTool(tool), args)
  const child = spawn(program, words, { env: TOOL_ENVIRONMENT, cwd: '/', stdio: 'inherit' })
  // it puts the terminal back into its state
  const stop = () => child.kill('SIGTERM')
  signal?.addEventListener('abort', stop)
  try {
    await once(child, 'close')
    const { exitCode, signalCode } = child
    return exitCode ?? SIGNALLED + (signalCode === null ? 0 : constants.signals[signalCode])
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}
