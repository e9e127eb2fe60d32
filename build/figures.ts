import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDescription } from './figures/description.ts'
import { grid } from './figures/grid.ts'
import { sequence } from './figures/sequence.ts'
import { root } from './root.ts'

/*
 * Writes docs/figures/NAME.svg from the description in docs/figures/NAME.txt; with --check it writes nothing, and fails if a picture is
 * not current.
 */
const drawn = [
  ['cloud', grid],
  ['failover', sequence],
  ['vserver', grid],
] as const

const pathOf = (file: string) => join(root, 'docs/figures', file)
const wanted = drawn.map(
  ([name, draw]) => [`${name}.svg`, draw(parseDescription(readFileSync(pathOf(`${name}.txt`), 'utf8')))] as const,
)

const present = (file: string) => (existsSync(pathOf(file)) ? readFileSync(pathOf(file), 'utf8') : undefined)

if (process.argv.includes('--check')) {
  const stale = wanted.filter(([file, text]) => present(file) !== text)
  for (const [file] of stale) process.stderr.write(`docs/figures/${file} is not current: run "make figures"\n`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  for (const [file, text] of wanted) writeFileSync(pathOf(file), text)
}
