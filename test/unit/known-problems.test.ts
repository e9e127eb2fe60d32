import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../build/root.ts'

/* Each row of docs/known-problems.md names what shows it; what it names is there. */

const rows = readFileSync(join(root, 'docs/known-problems.md'), 'utf8')
  .split('\n')
  .filter(line => /^\| (?!what bit users|---)/.test(line) && !line.startsWith('|---'))
  .map(line => line.split('|').at(-2)?.trim() ?? '')

/** `FILE`: "TITLE", "TITLE"; … */
const named = rows.flatMap(cell =>
  [...cell.matchAll(/`(test\/[^`]+)`(?:: ("[^"]+"(?:, "[^"]+")*))?/g)].map(([, file = '', titles = '']) => ({
    file,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
  })),
)

test('every row names a test, or the target of make that shows it', () => {
  expect(rows.length).toBeGreaterThan(50)
  expect(rows.filter(cell => !/`(test\/|make )/.test(cell))).toEqual([])
})

test.each(named)('$file has the tests $titles', ({ file, titles }) => {
  const text = textOf(join(root, file))
  expect(titles.filter(title => !text.includes(title))).toEqual([])
})

/** The text of a file, or of those in a directory. */
function textOf(path: string): string {
  const files = statSync(path).isDirectory() ? readdirSync(path).map(name => join(path, name)) : [path]
  return files.map(file => readFileSync(file, 'utf8').replaceAll("\\'", "'")).join('\n')
}
