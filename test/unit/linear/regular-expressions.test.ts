import { parseAst } from 'vite'
import { expect, test } from 'vitest'
import { textOf, trackedFiles } from '../tree/tracked-files.ts'
import { superlinear } from './growth.ts'

/*
 * No regular expression in the code takes a time that grows faster than the text. Texts come from other nodes, files and tools; 100
 * kB of blanks took one expression 26 s, during which Ctrl-C had no effect.
 */

const MODULES = trackedFiles.filter(
  file =>
    /^(main\.ts|(agents|alert|fencing|handlers|ocf|system|cloud|cli)\/.*\.ts)$/.test(file) && !file.endsWith('.d.ts'),
)

interface Expression {
  readonly pattern: string
  readonly flags: string
}

interface Node {
  readonly [key: string]: unknown
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null

/** Literals, and texts given to RegExp, where what is put in counts as a word. */
function expressionsIn(value: unknown): Expression[] {
  if (Array.isArray(value)) return value.flatMap(expressionsIn)
  if (!isNode(value)) return []
  const below = Object.values(value).flatMap(expressionsIn)
  const own = value.type === 'NewExpression' ? fromConstructor(value) : fromLiteral(value)
  return own ? [own, ...below] : below
}

function fromLiteral({ type, regex }: Node): Expression | undefined {
  if (type !== 'Literal' || !isNode(regex)) return undefined
  return { pattern: String(regex.pattern), flags: String(regex.flags) }
}

function fromConstructor({ callee, arguments: given }: Node): Expression | undefined {
  if (!isNode(callee) || callee.name !== 'RegExp' || !Array.isArray(given)) return undefined
  const [text, flags] = given
  const quasis: { value: { cooked: string } }[] = text.quasis ?? []
  const pattern = quasis.map(({ value }) => value.cooked).join('word')
  return pattern === '' ? undefined : { pattern, flags: flags?.value ?? '' }
}

const PARTS = [
  ...[' ', '\n', '\t', '(', ')', '[', ']', '{', '}', '<', '>', '"', "'", '0', 'a', 'A', '-', ':', '=', '\\', '/', '#'],
  ...[
    '.',
    ',',
    '_',
    ' \n',
    'a ',
    ' a',
    '1.',
    '1:',
    'a=',
    '[a',
    '"a',
    '#\n',
    '\\"',
    '0 ',
    'a-1',
    '<a ',
    '/a',
    '_a',
    '->',
  ],
]

/** Texts of one part again and again, behind a beginning that the expression is after. */
function* textsFor(pattern: string) {
  const words = [...new Set(pattern.match(/[\w<>:="',/ -]{3,}/g) ?? [])].map(word => word.trimStart())
  const beginnings = ['', ...words.flatMap(word => [word, `${word}=x`, `${word}: `])]
  for (const beginning of beginnings)
    for (const part of [...PARTS, ...words])
      for (const end of ['', 'x', '!\n']) yield (parts: number) => beginning + part.repeat(parts) + end
}

function isSuperlinear({ pattern, flags }: Expression): boolean {
  // a search from one place; one after another is that of the parsers' own tests
  const expression = new RegExp(pattern, flags.replace('g', ''))
  return [...textsFor(pattern)].some(text => superlinear(part => expression.exec(part), text, [1_500, 15_000]))
}

test('every regular expression takes a time in proportion to the text', { timeout: 600_000 }, () => {
  const found = MODULES.flatMap(file =>
    expressionsIn(parseAst(textOf(file) ?? '', { lang: 'ts' })).map(expression => ({ file, ...expression })),
  )
  expect(found.length).toBeGreaterThan(150)
  const slow = found.filter(isSuperlinear)
  expect(slow.map(({ file, pattern }) => `${file}: /${pattern}/`)).toEqual([])
})

test.each([
  ['\\s*\\n\\s*', 'g'],
  ['^(.*?)(\\d+)-(\\d+)$', ''],
  ['<rsc_location\\b[^>]*>', ''],
  ['value="(\\S+) (\\d+)"', ''],
])('/%s/ is found', { timeout: 600_000 }, (pattern, flags) => {
  expect(isSuperlinear({ pattern, flags })).toBe(true)
})
