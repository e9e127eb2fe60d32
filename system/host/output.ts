import { writeSync } from 'node:fs'
import { hasCode, systemErrorCode } from '../system.ts'
import { CLOSED } from './broken-pipe.ts'

const STDERR = 2
const PAUSE_MILLISECONDS = 5

/**
 * Writes a text to a file descriptor at once: the streams of process.stdout load twenty of Node.js's modules. Waits for a reader
 * that does not read, as any program does; ignores one that has closed its end, and that nothing can be written to stderr.
 * @throws Error of the operating system when the output is incomplete.
 */
export function writeOut(file: 1 | typeof STDERR, text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(file, bytes, written)
    } catch (error) {
      if (hasCode(error, 'EAGAIN')) pause()
      else if (hasCode(error, ...CLOSED) || (file === STDERR && systemErrorCode(error) !== undefined)) return
      else throw error
    }
  }
}

/** Another process with this pipe or terminal has made it non-blocking, and it is full. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MILLISECONDS)
}
