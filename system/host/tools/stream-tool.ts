import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { StreamOptions } from '../../file-status.ts'
import type { Finished, Tool } from '../../system.ts'
import { commandOf, textOf } from '../byte-text.ts'
import { abandon, findTool, kill, TOOL_ENVIRONMENT } from './run-tool.ts'

/** Of what a tool prints to stderr, the end is kept. */
const ERROR_BYTES = 64 * 2 ** 10

interface Options extends StreamOptions {
  readonly inOwnGroup: boolean
}

/**
 * Runs a tool of the node between two streams, none of which is kept in memory. Whatever ends the iteration early kills it.
 * @throws ToolMissing, the error of the input, and the reason of the signal.
 */
export async function* streamTool(
  tool: Tool,
  args: readonly string[],
  { input, signal, inOwnGroup }: Options,
): AsyncGenerator<Uint8Array, Finished> {
  signal?.throwIfAborted()
  const [program, ...words] = commandOf(findTool(tool), args)
  const child = spawn(program, words, {
    env: TOOL_ENVIRONMENT,
    cwd: '/',
    detached: inOwnGroup,
    stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  })
  const stop = () => kill(child, inOwnGroup)
  const interrupt = () => {
    stop()
    // one that hangs in the kernel would not end
    child.stdout?.destroy(signal?.reason)
    abandon(child)
  }
  signal?.addEventListener('abort', interrupt)
  const running = { child, ended: once(child, 'close'), errors: lastBytes(child) }
  running.ended.catch(() => undefined)
  const feeding = feed(child, input, stop)
  try {
    await once(child, 'spawn')
    if (child.stdout) yield* child.stdout
    const [status] = await running.ended
    const failure = await feeding
    signal?.throwIfAborted()
    if (failure) throw failure.error
    const command = [tool.name, ...args].join(' ')
    return { command, status: status ?? undefined, stdout: '', stderr: textOf(running.errors()) }
  } finally {
    signal?.removeEventListener('abort', interrupt)
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) stop()
  }
}

/** Writes the input of a tool. Resolves with the error of the input, which ends the tool. */
async function feed(
  { stdin }: ChildProcess,
  input: AsyncIterable<Uint8Array> | undefined,
  stop: () => void,
): Promise<{ readonly error: unknown } | undefined> {
  if (input === undefined || stdin === null) return undefined
  let failure: { readonly error: unknown } | undefined
  const iterator = input[Symbol.asyncIterator]()
  const next = () =>
    iterator.next().catch((error: unknown) => {
      failure = { error }
      throw error
    })
  // the pipeline throws into it what is wrong with the tool
  const noting = async function* () {
    try {
      for (let found = await next(); !found.done; found = await next()) yield found.value
    } finally {
      await iterator.return?.()
    }
  }
  try {
    await pipeline(Readable.from(noting(), { objectMode: false }), stdin)
  } catch {
    // a tool that does not read its input says why by its exit status
    if (failure) stop()
  }
  return failure
}

/** What a tool has printed to stderr, without its beginning. */
function lastBytes({ stderr }: ChildProcess): () => Buffer {
  let bytes = Buffer.alloc(0)
  stderr?.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]).subarray(-ERROR_BYTES)
  })
  return () => bytes
}
