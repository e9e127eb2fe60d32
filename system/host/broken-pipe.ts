import type { EventEmitter } from 'node:events'
import { hasCode } from '../system.ts'

/** The errors of a write to a pipe, a terminal or a connection whose other end is closed. */
export const CLOSED = ['EPIPE', 'EIO', 'ENXIO', 'ECONNRESET']

/**
 * Ignores that the reader of a stream has closed it, as in `vhacs … | head` or when the connection to a terminal is lost: work in
 * progress must still be finished or undone. `onFailure` gets every other error of the stream.
 */
export function ignoreBrokenPipe(stream: EventEmitter, onFailure: (error: Error) => void): void {
  stream.on('error', (error: Error) => {
    if (!hasCode(error, ...CLOSED)) onFailure(error)
  })
}

/** Writes to a stream of this process, which may hold up the text until its reader reads. A reader that is gone is not an error. */
export function write(stream: NodeJS.WriteStream, text: string): void {
  if (stream.listenerCount('error') === 0)
    ignoreBrokenPipe(stream, error => {
      throw error
    })
  stream.write(text)
}

/** Writes to stderr by its stream. */
export function writeError(message: string): void {
  write(process.stderr, message)
}
