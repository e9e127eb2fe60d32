import { mkdir, rename, rmdir, symlink, unlink, writeFile } from 'node:fs'
import { hasCode, isNotFound, type System } from '../system.ts'
import { encoded } from './byte-text.ts'

/*
 * Changes of files, by the callbacks of node:fs: its promises load a dozen of Node.js's modules, which a monitor that writes a note
 * does not need. A thread does the work: a write to configfs may hang in the kernel, and the deadline must still fire.
 */

type Changes = Pick<System, 'write' | 'createFile' | 'makeDirectory' | 'removeDirectory' | 'link' | 'remove' | 'rename'>

/** Of System. */
export const changes: Changes = {
  write: (path, text, { permissions } = { permissions: 0o644 }) =>
    settled(done => writeFile(encoded(path), encoded(text), { mode: permissions }, done)),
  createFile,
  makeDirectory: (path, { parents } = { parents: false }) =>
    settled(done => mkdir(encoded(path), { recursive: parents, mode: 0o755 }, error => done(error))),
  removeDirectory: path => settled(done => rmdir(encoded(path), done)),
  link: (target, path) => settled(done => symlink(encoded(target), encoded(path), done)),
  remove: path => settled(done => unlink(encoded(path), done)),
  rename: (from, to) => settled(done => rename(encoded(from), encoded(to), done)),
}

function settled(call: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call(error => (error === null ? resolve() : reject(error)))
  })
}

/**
 * Creates a file with all of these bytes, or none, that only this user may read.
 * @throws Error of the operating system: EEXIST where something exists, which is kept.
 */
async function createFile(path: string, bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
  // what no monitor needs
  const { open, unlink } = await import('node:fs/promises')
  const temporary = `${path.slice(0, path.lastIndexOf('/') + 1)}.vhacs-${process.pid}-${Date.now()}`
  try {
    const file = await open(encoded(temporary), 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await nameAs(temporary, path)
  } finally {
    await unlink(encoded(temporary)).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }
}

/** Errors of a file system without hard links, such as that of a USB stick. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']

/** A link is refused where something exists; renaming would replace it. */
async function nameAs(temporary: string, path: string): Promise<void> {
  const { link, stat } = await import('node:fs/promises')
  try {
    await link(encoded(temporary), encoded(path))
  } catch (error) {
    if (!hasCode(error, ...NO_LINKS)) throw error
    const found = await stat(encoded(path)).catch((failure: unknown) => {
      if (!isNotFound(failure)) throw failure
      return undefined
    })
    if (found) throw Object.assign(new Error(`EEXIST: file already exists, link '${path}'`), { code: 'EEXIST' })
    await changes.rename(temporary, path)
  }
}
