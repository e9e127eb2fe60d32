import { spawnSync } from 'node:child_process'
import { parseSync } from '@swc/core'
import { expect, test } from 'vitest'
import { textOf, trackedFiles } from './tracked-files.ts'

/* A script that runs on a node is a constant: values from a cluster, a node or an operator are its arguments. */

/** A node of the syntax tree. */
type Syntax = Readonly<Record<string, unknown>>

const sources = parsed(/^(system|cloud|cli|agents|alert|ocf)\/.*\.ts$/)
const campaign = parsed(/^test\/faults\/.*\.ts$/)

function parsed(files: RegExp) {
  return trackedFiles
    .filter(file => files.test(file))
    .map(file => ({ file, tree: parseSync(textOf(file) ?? '', { syntax: 'typescript' }) }))
}

test('a script is made before anything has been read: outside of all functions', () => {
  const found = sources.flatMap(({ file, tree }) =>
    find(tree, ({ type }) => type === 'TaggedTemplateExpression').map(({ node, isInFunction }) => ({
      file,
      tag: (node.tag as Syntax).value,
      isInFunction,
    })),
  )
  const scripts = found.filter(({ tag }) => tag === 'script')
  expect(scripts.length).toBeGreaterThan(5)
  expect(scripts.filter(({ isInFunction }) => isInFunction)).toEqual([])
})

test('only the tag script makes the type Script', () => {
  const casts = sources.filter(({ tree }) => find(tree, isCastToScript).length > 0)
  expect(casts.map(({ file }) => file).sort()).toEqual(['system/nodes/script.ts'])
})

test("a shell is only started for a constant script, and for an operator's own command", () => {
  const shells = sources.filter(({ tree }) => find(tree, isShell).length > 0)
  expect(shells.map(({ file }) => file).sort()).toEqual([
    'cli/cluster/exec.ts',
    'system/host/byte-text.ts',
    'system/nodes/script.ts',
  ])
})

test('only the words of a command, and constant options, are quoted for a shell', () => {
  const quoting = sources.filter(
    ({ tree }) => find(tree, isCallOf('quoteForShell')).concat(find(tree, isArgument('quoteForShell'))).length > 0,
  )
  expect(quoting.map(({ file }) => file).sort()).toEqual([
    'cli/cluster/examine/questions.ts',
    'system/nodes/connection.ts',
    'system/nodes/ssh.ts',
  ])
})

/** One text for each part between two constants. */
function scriptsOf(trees: typeof sources) {
  return trees.flatMap(({ file, tree }) =>
    find(tree, ({ type, tag }) => type === 'TaggedTemplateExpression' && (tag as Syntax).value === 'script').map(
      ({ node }) => ({ file, parts: (node.template as Syntax).quasis as readonly Record<'raw' | 'cooked', string>[] }),
    ),
  )
}

test('a backslash in a script is one of those that JavaScript keeps, or two', () => {
  const scripts = scriptsOf([...sources, ...campaign])
  const wrong = scripts.filter(({ parts }) => parts.some(({ raw }) => /\\[^\\$`n\n]/.test(raw.replaceAll('\\\\', ''))))
  expect(wrong.map(({ file, parts }) => [file, parts[0]?.raw])).toEqual([])
})

test('each script of the campaign is one in the eyes of bash', () => {
  const texts = scriptsOf(campaign).flatMap(({ parts }) =>
    parts.length === 1 ? parts.map(({ cooked }) => cooked) : [],
  )
  expect(texts.length).toBeGreaterThan(40)
  // each in a function of its own, so that bash is started once
  const { status, stderr } = spawnSync('bash', ['-n'], { input: texts.map(text => `f() {\n${text}\n}\n`).join('') })
  expect([status, String(stderr)]).toEqual([0, ''])
})

function isCastToScript({ type, typeAnnotation }: Syntax): boolean {
  return type === 'TsAsExpression' && ((typeAnnotation as Syntax)?.typeName as Syntax)?.value === 'Script'
}

function isShell({ type, value }: Syntax): boolean {
  return type === 'StringLiteral' && /^([^=]*\/)?(sh|bash|dash|eval|xargs)$/.test(String(value))
}

function isCallOf(name: string) {
  return ({ type, callee }: Syntax) => type === 'CallExpression' && (callee as Syntax).value === name
}

function isArgument(name: string) {
  return ({ type, arguments: given }: Syntax) =>
    type === 'CallExpression' &&
    (given as readonly { expression: Syntax }[]).some(each => each.expression.value === name)
}

interface Found {
  readonly node: Syntax
  readonly isInFunction: boolean
}

function find(value: unknown, isWanted: (node: Syntax) => boolean, isInFunction = false): Found[] {
  if (Array.isArray(value)) return value.flatMap(item => find(item, isWanted, isInFunction))
  if (typeof value !== 'object' || value === null) return []
  const node = value as Syntax
  const inside = isInFunction || /Function|Method/.test(String(node.type))
  const below = Object.values(node).flatMap(inner => find(inner, isWanted, inside))
  return isWanted(node) ? [{ node, isInFunction: inside }, ...below] : below
}
