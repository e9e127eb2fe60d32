import { createInterface } from 'node:readline/promises'

/**
 * Asks a question at the terminal, and returns the answered line.
 * @throws Error for Ctrl-C and other interruptions, RangeError at the end of input (Ctrl-D, a lost terminal).
 */
export async function ask(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  interruption: AbortSignal,
): Promise<string> {
  const reader = createInterface({ input, output, terminal: true })
  // readline would swallow both: the command would exit successfully with the question unanswered
  const end = new AbortController()
  reader.on('SIGINT', () => end.abort(new Error('interrupted (SIGINT)')))
  reader.on('error', () => reader.close())
  reader.on('close', () => end.abort(new RangeError('nothing was changed: there was no answer')))
  const signal = AbortSignal.any([end.signal, interruption])
  try {
    return await reader.question(question, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    reader.close()
  }
}
