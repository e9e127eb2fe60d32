import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../build/root.ts'

/* Each row of docs/known-problems.md names the tests that show it, and these exist. */

const document = readFileSync(join(root, 'docs/known-problems.md'), 'utf8')
const rows = document
  .split('\n')
  .filter(line => /^\| (?!problem |---)/.test(line) && !line.startsWith('|---'))
  .map(line => line.split('|').at(-2)?.trim() ?? '')

/** `FILE`: "TITLE", "TITLE"; … */
const named = rows.flatMap(cell =>
  [...cell.matchAll(/`(test\/[^`]+)`(?:: ("[^"]+"(?:, "[^"]+")*))?/g)].map(([, file = '', titles = '']) => ({
    file,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
  })),
)

test('every row names a test, or a make target', () => {
  expect(rows.length).toBeGreaterThan(50)
  expect(rows.filter(cell => !/`(test\/|make )/.test(cell))).toEqual([])
})

test('every named make target exists', () => {
  const makefile = readFileSync(join(root, 'Makefile'), 'utf8')
  const rules = [...makefile.matchAll(/^([a-z0-9-]+(?: [a-z0-9-]+)*):(?!=)/gm)]
  const targets = rules.flatMap(([, names = '']) => names.split(' '))
  const called = [...document.matchAll(/`make ([^`]+)`/g)].map(([, target = '']) => target)
  expect(called).toContain('schemas')
  expect(called.filter(target => !targets.includes(target))).toEqual([])
})

test.each(named)('$file has the tests $titles', ({ file, titles }) => {
  const there = titlesIn(textOf(join(root, file)))
  expect(titles).not.toEqual([])
  expect(titles.filter(title => !there.some(whole => isNamed(title, whole)))).toEqual([])
})

test('titles are names of tests, not other texts in them', () => {
  const text = `
// test('in a comment')
test.each([1])(
  'of a table',
  () => expect(said).toBe('a word'),
)
describe('of several', () => {})
const cases = [{ title: \`\${name} of the contract\` }]
@test "of bats" {
    assert_line 'a line'
`
  expect(titlesIn(text)).toEqual(['of a table', 'of several', `\${name} of the contract`, 'of bats'])
})

/** The title of a test, a group of tests or a case of the contract, up to the quote that ends it. */
const TITLE =
  /^(?! *\/\/).*?(?:(?:\b(?:test|it|describe)(?:\.\w+)*|\))\(\s*|@test |\btitle: )(['"`])((?:\\.|(?!\1)[^\n])+)\1/gm

function titlesIn(text: string): string[] {
  return [...text.matchAll(TITLE)].map(([, , title = '']) => title.replaceAll(/\\(.)/g, '$1'))
}

/** An ellipsis at its beginning stands for what differs from one test to the next. */
function isNamed(title: string, whole: string): boolean {
  return title.startsWith('…') ? whole.endsWith(title.slice(1)) : whole === title
}

/** The text of a file, or of those in a directory. */
function textOf(path: string): string {
  const files = statSync(path).isDirectory() ? readdirSync(path).map(name => join(path, name)) : [path]
  return files.map(file => readFileSync(file, 'utf8')).join('\n')
}
