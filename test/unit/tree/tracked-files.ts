import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../../build/root.ts'

/** The files of the repository, as paths from its root, those that are not committed yet among them. */
export const trackedFiles: readonly string[] = execFileSync(
  'git',
  ['-C', root, 'ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate'],
  { encoding: 'utf8' },
)
  .split('\n')
  .filter(file => file !== '' && textOf(file) !== undefined)

/** The text of a file of the repository; undefined when it has been removed and the removal is not committed. */
export function textOf(file: string): string | undefined {
  try {
    return readFileSync(join(root, file), 'utf8')
  } catch {
    return undefined
  }
}
