import type { EventEmitter } from 'node:events'
import { hasCode } from '../system.ts'

/** What a write says to a pipe, a terminal or a connection that nobody holds the other end of. */
const GONE = ['EPIPE', 'EIO', 'ENXIO', 'ECONNRESET']

/**
 * A reader that is gone, as in `vhacs … | head` or when the connection to a terminal is lost, is no failure of ours: what is
 * under way must be finished or undone all the same. Anything else that goes wrong with the stream is told.
 */
export function ignoreBrokenPipe(stream: EventEmitter, onFailure: (error: Error) => void): void {
  stream.on('error', (error: Error) => {
    if (!hasCode(error, ...GONE)) onFailure(error)
  })
}
