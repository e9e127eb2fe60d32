import { statfs } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import type { FileSystemSpace } from '../file-status.ts'
import { encoded } from './byte-text.ts'

/** A thread that waits for longer is left behind. */
const TIMEOUT_MILLISECONDS = 2000

/** The space of the file system that a path is on. @throws Error of the operating system, ETIMEDOUT */
export async function spaceAt(path: string): Promise<FileSystemSpace> {
  const waiting = new AbortController()
  const late = setTimeout(TIMEOUT_MILLISECONDS, undefined, { signal: waiting.signal, ref: false })
  try {
    const found = await Promise.race([statfs(encoded(path)), late])
    if (found === undefined)
      throw Object.assign(new Error(`ETIMEDOUT: statfs does not answer, statfs '${path}'`), { code: 'ETIMEDOUT' })
    const { bsize, blocks, bfree, bavail, files, ffree } = found
    return {
      sizeBytes: blocks * bsize,
      freeBytes: bfree * bsize,
      availableBytes: bavail * bsize,
      files,
      freeFiles: ffree,
    }
  } finally {
    waiting.abort()
    late.catch(() => undefined)
  }
}
