import { expect, test } from 'vitest'
import { alignedScript } from '../../../build/script/aligned-script.ts'
import { withDirectNames } from '../../../build/script/direct-names.ts'
import { lazyModule } from '../../../build/script/lazy-module.ts'

/** What a module of this source exports, and what it has asked for by then. */
async function evaluate(source: string, modules: Readonly<Record<string, unknown>> = {}) {
  const code = await lazyModule('a.ts', source)
  const asked: string[] = []
  const module = { exports: {} as Record<string, (...values: readonly unknown[]) => unknown> }
  const require = (name: string) => {
    asked.push(name)
    return modules[name]
  }
  new Function('module', 'exports', 'require', code)(module, module.exports, require)
  return { exports: module.exports, asked, code }
}

test('a module exports values, and no getter or function of the compiler is left', async () => {
  const source = `import { readFileSync } from 'node:fs'
import { type Box, two, Wide } from './two.ts'
export interface Sum { readonly of: Box }
export const one = 1
export function sum(_twots: number): number { return one + two() + _twots }
export async function later(path: string) { return readFileSync(path) + readFileSync(path) }
export class Wider extends Error { readonly wide = new Wide() }
function own() { return 0 }`
  const { exports, asked, code } = await evaluate(source, {
    './two.ts': { two: () => 2, Wide: class {} },
    'node:fs': { readFileSync: (path: string) => path },
  })
  expect(Object.entries(Object.getOwnPropertyDescriptors(exports)).filter(([, { get }]) => get)).toEqual([])
  expect(Object.keys(exports).sort()).toEqual(['Wider', 'later', 'one', 'sum'])
  expect(asked).toEqual([])
  expect(exports.sum?.(4)).toBe(7)
  expect(asked).toEqual(['./two.ts'])
  // one of Node.js is asked for once
  expect(await exports.later?.('x')).toBe('xx')
  expect(asked).toEqual(['./two.ts', 'node:fs'])
  expect(code).not.toMatch(/_export\b|defineProperty|function _twots/)
})

test('one exported name, and none', async () => {
  expect((await evaluate('export const one = 1')).exports).toEqual({ one: 1 })
  expect((await evaluate('const one = 1')).exports).toEqual({})
})

test('a name of another module that is exported again is refused: it would be evaluated at once', async () => {
  await expect(lazyModule('a.ts', `export { two } from './two.ts'`)).rejects.toThrow('two: exported')
})

test('a variable that could be assigned again is refused', async () => {
  await expect(lazyModule('a.ts', 'export let one = 1')).rejects.toThrow('one: exported')
})

test('a local variable with the name of such a function is another one', async () => {
  const code = `function _a() { const data = require("./a.ts"); _a = function() { return data; }; return data; }
module.exports = { f: function(_a) { return _a(); }, g: function() { return _a().g; } };`
  const direct = await withDirectNames(code)
  expect(direct).toMatch(/return _a\(\)/)
  expect(direct).toMatch(/require\("\.\/a\.ts"\)\.g/)
})

test('a script gets the blanks that put what is behind it in its place', () => {
  const lengths = ['', 'a', 'ab', '1234567', '12345678'].map(text => alignedScript(text, 'vhacs.cjs'))
  for (const text of lengths) expect(text).toMatch(/^\w* {0,7}$/)
  expect(new Set(lengths.map(text => text.length % 8)).size).toBe(1)
})
