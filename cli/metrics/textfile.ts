import { dirname } from 'node:path'
import { replaceFile } from '../../system/files.ts'
import { ifPresent, type System } from '../../system/system.ts'

const WRITABLE_BY_OTHERS = 0o022
const ROOT = 0

/**
 * Replaces a file of the textfile collector of Prometheus' node_exporter, which reads the old text or the new one. While it is
 * written, its name does not end in `.prom`.
 * @throws RangeError for a path at which another user could make this write elsewhere.
 */
export async function writeTextfile(system: System, path: string, lines: readonly string[]): Promise<void> {
  if (!path.startsWith('/') || !path.endsWith('.prom') || path.endsWith('/.prom'))
    throw new RangeError(`--textfile needs an absolute path that ends in .prom, which node_exporter reads, not ${path}`)
  const directory = dirname(path)
  const found = ifPresent(() => system.stat(directory))
  if (found?.kind !== 'directory') throw new RangeError(`${directory} is not a directory`)
  // a link could lie there in place of the file
  if (found.owner !== ROOT || (found.permissions & WRITABLE_BY_OTHERS) !== 0)
    throw new RangeError(`${directory} must belong to root, and nobody else may write to it: chown root, chmod go-w`)
  await replaceFile(system, path, `${lines.join('\n')}\n`, { permissions: 0o644 })
}
