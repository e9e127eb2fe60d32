import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bashCompletion } from '../cli/command/completion.ts'
import { manPage } from '../cli/command/man-page.ts'
import { nouns } from '../cli/nouns.ts'
import { root } from './root.ts'

/* Writes the manual page and the completion; with --check it writes nothing, and fails if one of them is not current. */
const wanted = [
  ['docs/man/vhacs.8', manPage(nouns)],
  ['docs/completion/vhacs', bashCompletion(nouns)],
] as const

if (process.argv.includes('--check')) {
  const stale = wanted.filter(([file, text]) => readFileSync(join(root, file), 'utf8') !== text)
  for (const [file] of stale) process.stderr.write(`${file} is not current: run "make manual"\n`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  for (const [file, text] of wanted) writeFileSync(join(root, file), text)
}
