import { createInterface } from 'node:readline/promises'

/**
 * Asks whoever sits at a terminal, and returns the line that is answered.
 * @throws Error for Ctrl-C, RangeError for an end of input (Ctrl-D).
 */
export async function ask(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<string> {
  const reader = createInterface({ input, output, terminal: true })
  // readline would keep both to itself: the question would never be answered, and the command end as if all were well
  const end = new AbortController()
  reader.on('SIGINT', () => end.abort(new Error('interrupted (SIGINT)')))
  reader.on('close', () => end.abort(new RangeError('nothing was done: there was no answer')))
  try {
    return await reader.question(question, { signal: end.signal })
  } catch (error) {
    end.signal.throwIfAborted()
    throw error
  } finally {
    reader.close()
  }
}
