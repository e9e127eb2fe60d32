import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import type { Readable } from 'node:stream'
import type { InputLimits } from '../file-status.ts'
import { encoded, textOf } from './byte-text.ts'

/** Far more than the kernel, a tool or an administrator writes to one file; all of it is kept in memory. */
const MAX_BYTES = 64 * 2 ** 20

const CHUNK_BYTES = 64 * 2 ** 10

/** Neither open(2) nor read(2) waits for whoever writes to a pipe or device. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK

/** @throws EFBIG for a file that is larger, or a device that does not end. */
export function readWhole(path: string, maxBytes = MAX_BYTES): string {
  const file = openSync(encoded(path), READ)
  try {
    return textOf(bytesIn(file, maxBytes))
  } finally {
    closeSync(file)
  }
}

function bytesIn(file: number, maxBytes: number): Buffer {
  const chunks: Buffer[] = []
  // the kernel's own files have no size
  if (fstatSync(file).size > maxBytes) throw tooLarge(maxBytes)
  for (let length = 0; length <= maxBytes; ) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    const read = readSync(file, chunk)
    if (read === 0) return Buffer.concat(chunks)
    chunks.push(chunk.subarray(0, read))
    length += read
  }
  throw tooLarge(maxBytes)
}

/** The text of a file or of a pipe, until all who write to it have closed it. @throws EFBIG */
export async function readInput(path: string, limits: InputLimits): Promise<string> {
  const file = openSync(encoded(path), READ)
  if (fstatSync(file).isFIFO()) {
    // agents read no pipes, and their monitors must not load it
    const { Socket } = await import('node:net')
    // a thread that waits in read(2) could not be interrupted, and would keep this process from ending
    return readStream(new Socket({ fd: file, readable: true, writable: false }), limits)
  }
  closeSync(file)
  return readWhole(path, limits.maxBytes)
}

/** All that a stream brings. @throws EFBIG */
export async function readStream(stream: Readable, { maxBytes, signal }: InputLimits): Promise<string> {
  const stop = () => stream.destroy(signal.reason)
  signal.addEventListener('abort', stop)
  try {
    signal.throwIfAborted()
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk)
      length += bytes.length
      if (length > maxBytes) throw tooLarge(maxBytes)
      chunks.push(bytes)
    }
    return textOf(Buffer.concat(chunks))
  } finally {
    signal.removeEventListener('abort', stop)
    stream.destroy()
  }
}

function tooLarge(maxBytes: number): Error {
  return Object.assign(new Error(`EFBIG: larger than ${maxBytes / 2 ** 20} MiB, read`), { code: 'EFBIG' })
}
