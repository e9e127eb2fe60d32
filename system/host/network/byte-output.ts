import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'

const STDOUT = 1

/** Standard output, for bytes that others read as they come. */
export interface ByteOutput {
  /** Resolves when it takes more. @throws Error of the operating system, as when its reader is gone; the reason of the signal. */
  write(bytes: Uint8Array): Promise<void>
  /** Closes a pipe, so that its reader need not wait for the end of this process. */
  end(): Promise<void>
}

/** Takes standard output for bytes; nothing else may be written to it any more. */
export function byteOutput(signal: AbortSignal): ByteOutput {
  const isPipe = fstatSync(STDOUT).isFIFO()
  // process.stdout blocks the whole process while a pipe is full, and Ctrl-C with it
  const stream = isPipe ? pipeWithoutBlocking() : process.stdout
  // each write reports its own
  stream.on('error', () => undefined)
  signal.addEventListener('abort', () => isPipe && stream.destroy())
  const settled = (call: (done: (error?: Error | null) => void) => unknown) =>
    new Promise<void>((resolve, reject) => {
      call(error => (error ? reject(signal.aborted ? signal.reason : error) : resolve()))
    })
  return {
    write: async bytes => {
      signal.throwIfAborted()
      await settled(done => stream.write(bytes, done))
    },
    end: async () => {
      if (!isPipe) return
      await settled(done => stream.end(done))
      closeSync(STDOUT)
      // otherwise the next file that is opened would become standard output
      openSync('/dev/null', 'w')
    },
  }
}

function pipeWithoutBlocking(): Socket {
  const fd = openSync(`/proc/self/fd/${STDOUT}`, constants.O_WRONLY | constants.O_NONBLOCK)
  return new Socket({ fd, readable: false, writable: true })
}
