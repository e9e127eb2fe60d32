import { expect, test } from 'vitest'
import { withCompiledFunctions } from '../../../build/script/compiled-functions.ts'

const WRAPPED = `"use strict";
var __commonJS = (module, made) => () => (made || Object.values(module)[0](made = {}), made);
var require_a = __commonJS({
  "a.ts"(exports) {
    "use strict";
    exports.sum = sum;
    exports.later = later;
    exports.first = numbers().next().value;
    const two = 2;
    function sum(a) { return a + two + other(); }
    async function later() { return sum(1); }
    function other() { other = () => 20; return 10; }
    function* numbers() { yield 7; }
    { function inBlock() { return 1; } exports.inBlock = inBlock(); }
  }
});
var require_b = __commonJS({
  "b.ts"(exports) { exports.b = b(); function b() { return (function () { return this === undefined })(); } }
});
`

const run = (script: string) => new Function(`${script} return [require_a(), require_b()]`)()

test('a module with compiled functions does the same', async () => {
  for (const names of [[], ['a.ts'], ['a.ts', 'b.ts'], ['missing.ts']]) {
    const [a, b] = run(await withCompiledFunctions(WRAPPED, names))
    expect([a.first, a.inBlock, a.sum(1), a.sum(1), await a.later(), b.b]).toEqual([7, 1, 13, 23, 23, true])
  }
})

test('its functions and itself are in parentheses, those of others are not', async () => {
  const script = await withCompiledFunctions(WRAPPED, ['a.ts'])
  for (const text of [
    '"a.ts": (function(exports)',
    'let sum = (function (a)',
    'let later = (async function ()',
    '"b.ts"(exports)',
    'function* numbers',
  ])
    expect(script).toContain(text)
  expect(await withCompiledFunctions(WRAPPED, [])).toBe(WRAPPED)
})

test('positions count from the first token, behind comments, and again in a second script', async () => {
  const commented = `\n// comment\n${WRAPPED}`
  const [a] = run(await withCompiledFunctions(commented, ['a.ts']))
  expect(a.sum(1)).toBe(13)
})

test('a script that is not ASCII is refused: positions would be wrong', async () => {
  await expect(withCompiledFunctions(`"use strict"; var a = "é";`, [])).rejects.toThrow('ASCII')
})
