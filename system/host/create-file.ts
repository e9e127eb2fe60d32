import { randomUUID } from 'node:crypto'
import { link, open, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { hasCode, isNotFound } from '../system.ts'
import { encoded } from './byte-text.ts'

/**
 * Creates a file with all of these bytes, or none, that only this user may read.
 * @throws Error of the operating system: EEXIST where something exists, which is kept.
 */
export async function createFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = encoded(`${dirname(path)}/.${basename(path)}.${randomUUID().slice(0, 8)}`)
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await nameAs(temporary, path)
  } finally {
    await unlink(temporary).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }
}

/** Errors of a file system without hard links, such as that of a USB stick. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']

/** A link is refused where something exists; renaming would replace it. */
async function nameAs(temporary: string | Buffer, path: string): Promise<void> {
  try {
    await link(temporary, encoded(path))
  } catch (error) {
    if (!hasCode(error, ...NO_LINKS)) throw error
    const found = await stat(encoded(path)).catch((failure: unknown) => {
      if (!isNotFound(failure)) throw failure
      return undefined
    })
    if (found) throw Object.assign(new Error(`EEXIST: file already exists, link '${path}'`), { code: 'EEXIST' })
    await rename(temporary, encoded(path))
  }
}
