import { transform } from 'esbuild'
import { expect, test } from 'vitest'
import { asCommonJs, moduleFunction } from '../../../build/script/module-function.ts'

/** Evaluates a module whose import `./other.ts` is a module with these exports; `lookups` counts how often it was looked up. */
async function evaluated(source: string, other: Readonly<Record<string, unknown>> = {}, isCompiled = false) {
  const { code } = await transform(`${source}\nexport {}`, asCommonJs)
  const idOf = (specifier: string) => (specifier.startsWith('node:') ? undefined : 1)
  const text = moduleFunction('some/module.ts', code, { idOf, isCompiled })
  let lookups = 0
  const $ = (id: number) => {
    expect(id).toBe(1)
    lookups++
    return other
  }
  const scope = { $, toESM: (module: object) => ({ ...module, default: module }), node: process.getBuiltinModule }
  const exports = new Function(...Object.keys(scope), `"use strict"; return (${text})()`)(...Object.values(scope))
  return { exports, lookups: () => lookups }
}

class Named {
  readonly word = 'named'
}
const other = { add: (a: number, b: number) => a + b, Named, word: 'other' }

test.each([
  ['a constant', 'export const x = 1 + 2', 3],
  ['a call', "import { add } from './other.ts'; export const x = add(1, 2)", 3],
  ['a renamed name', "import { add as plus } from './other.ts'; const x = plus(1, 2); export { x }", 3],
  ['a constructor', "import { Named } from './other.ts'; export const x = new Named().word", 'named'],
  [
    'a base class',
    "import { Named } from './other.ts'; class Own extends Named {}; export const x = new Own().word",
    'named',
  ],
  ['instanceof', "import { Named } from './other.ts'; export const x = new Named() instanceof Named", true],
  ['a shorthand', "import { word } from './other.ts'; export const x = { word }.word", 'other'],
  ['a template', `import { word } from './other.ts'; export const x = \`\${word}!\``, 'other!'],
  ['a default export', "import all from './other.ts'; export const x = all.word", 'other'],
  ['an export passed on', "export { word as x } from './other.ts'", 'other'],
  ['a type', "import type { Missing } from './other.ts'; export const x: Missing = 1", 1],
  ['a module of Node.js', "import { basename } from 'node:path'; export const x = basename('/a/b')", 'b'],
  ['its default export', "import path from 'node:path'; export const x = path.basename('/a/b')", 'b'],
  ['a function used before its place', 'export const x = twice(2)\nfunction twice(n: number) {\n  return 2 * n\n}', 4],
  ['a text with braces', 'export const x = text()\nfunction text() {\n  return ["{", "}", `\n }`].length\n}', 3],
])('%s means the same in a linked module', async (_, source, value) => {
  expect((await evaluated(source, other)).exports.x).toBe(value)
  expect((await evaluated(source, other, true)).exports.x).toBe(value)
})

test.each([
  ["async () => (await import('./other.ts')).word", 'other'],
  ["async () => (await import('node:path')).basename('/a/b')", 'b'],
])('a dynamic import %s is evaluated when it is called', async (program, value) => {
  const { exports, lookups } = await evaluated(`export const x = ${program}`, other)
  expect(lookups()).toBe(0)
  expect(await exports.x()).toBe(value)
})

test('an imported module is evaluated when one of its names is used, not before', async () => {
  const { exports, lookups } = await evaluated(
    "import { add } from './other.ts'; export const x = () => add(1, 2)",
    other,
  )
  expect(lookups()).toBe(0)
  expect(exports.x()).toBe(3)
  expect(lookups()).toBe(1)
})

test('a compiled module and its functions are in parentheses, which V8 compiles at once', async () => {
  const { code } = await transform('export function one() {\n  return 1\n}\nexport {}', {
    format: 'cjs',
    platform: 'node',
  })
  const scope = { idOf: () => undefined, isCompiled: true }
  expect(moduleFunction('some/module.ts', code, scope).replace(/\n+/g, '\n')).toBe(
    '(function some_module() {\nconst one = (function one() {\n  return 1;\n});\nreturn {one: one}\n})',
  )
})

test('what is not understood is an error that names the module', async () => {
  const { code } = await transform("export * from './other.ts'", asCommonJs)
  const scope = { idOf: () => 1, isCompiled: false }
  expect(() => moduleFunction('some/module.ts', code, scope)).toThrow('some/module.ts: not understood: ')
})
