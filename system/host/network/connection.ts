import { on, once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { hasCode } from '../../system.ts'
import { CLOSED } from '../broken-pipe.ts'

interface Limits {
  readonly maxBytes: number
  readonly milliseconds: number
}

interface Received {
  readonly text: string
  readonly is: 'whole' | 'too large' | 'too slow' | 'closed'
}

/** How long, and how much, a client may go on sending after the answer. */
const REST: Limits = { maxBytes: 2 ** 20, milliseconds: 500 }

/** A connection that this process has been given as two streams. A client that is gone is no error. */
export function connection(input: Readable, output: Writable) {
  // without a listener, such an error would end this process
  input.on('error', () => undefined)
  output.on('error', () => undefined)
  return {
    receive: (end: string, limits: Limits) => receive(input, end, limits),
    send: async (bytes: Uint8Array, milliseconds: number): Promise<void> => {
      try {
        await sent(output, bytes, milliseconds)
        // closing while something is unread would reset the connection, and the client might lose the answer
        await drain(input)
      } catch (error) {
        if (!(hasCode(error, ...CLOSED) || isTimeout(error))) throw error
      } finally {
        input.destroy()
        output.destroy()
      }
    },
  }
}

async function sent(output: Writable, bytes: Uint8Array, milliseconds: number): Promise<void> {
  output.end(bytes)
  if (!output.writableFinished) await once(output, 'finish', { signal: AbortSignal.timeout(milliseconds) })
}

/** Reads up to `end`, or until the client closes its side. */
async function receive(input: Readable, end: string, { maxBytes, milliseconds }: Limits): Promise<Received> {
  let text = ''
  try {
    for await (const chunk of chunksOf(input, milliseconds)) {
      // the end may lie on the border of two chunks
      const from = Math.max(0, text.length - end.length)
      text += chunk.toString('latin1')
      const place = text.indexOf(end, from)
      if (place >= 0 && place + end.length <= maxBytes) return { text: text.slice(0, place + end.length), is: 'whole' }
      if (text.length > maxBytes) return { text, is: 'too large' }
    }
    return { text, is: 'closed' }
  } catch (error) {
    if (!isTimeout(error)) throw error
    return { text, is: 'too slow' }
  }
}

/** Reads what the client still sends, and forgets it. */
async function drain(input: Readable): Promise<void> {
  let length = 0
  try {
    for await (const chunk of chunksOf(input, REST.milliseconds)) {
      length += chunk.length
      if (length > REST.maxBytes) return
    }
  } catch (error) {
    if (!isTimeout(error)) throw error
  }
}

/** A client that is gone ends it, as one that has closed its side does. @throws AbortError after that time. */
async function* chunksOf(input: Readable, milliseconds: number): AsyncGenerator<Buffer> {
  if (input.readableEnded || input.destroyed) return
  const signal = AbortSignal.timeout(milliseconds)
  try {
    for await (const [chunk] of on(input, 'data', { signal, close: ['end', 'close'] })) yield chunk
  } catch (error) {
    if (!hasCode(error, ...CLOSED)) throw error
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
