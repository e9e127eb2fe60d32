import { parseSync } from '@swc/core'
import { expect, test } from 'vitest'
import { textOf, trackedFiles } from './tracked-files.ts'

/* A script that runs on a node is a constant: values from a cluster, a node or an operator are its arguments. */

/** A node of the syntax tree. */
type Syntax = Readonly<Record<string, unknown>>

const SOURCES = trackedFiles.filter(file => /^(system|cloud|cli|agents|alert|ocf)\/.*\.ts$/.test(file))
const sources = SOURCES.map(file => ({ file, tree: parseSync(textOf(file) ?? '', { syntax: 'typescript' }) }))

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
