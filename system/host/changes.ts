import { mkdir, rename, rmdir, symlink, unlink, writeFile } from 'node:fs'
import type { System } from '../system.ts'
import { encoded } from './byte-text.ts'

/*
 * Changes of files, by the callbacks of node:fs: its promises load a dozen of Node.js's modules, which a monitor that writes a note
 * does not need. A thread does the work: a write to configfs may hang in the kernel, and the deadline must still fire.
 */

type Changes = Pick<System, 'write' | 'makeDirectory' | 'removeDirectory' | 'link' | 'remove' | 'rename'>

/** Of System. */
export const changes: Changes = {
  write: (path, text, { permissions } = { permissions: 0o644 }) =>
    settled(done => writeFile(encoded(path), encoded(text), { mode: permissions }, done)),
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
