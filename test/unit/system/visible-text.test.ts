import fc from 'fast-check'
import { expect, test } from 'vitest'
import { visibleText } from '../../../system/visible-text.ts'

test.each([
  ['\u001b[31mred', '\\u001b[31mred'],
  ['\u009b2J', '\\u009b2J'],
  ['one\ntwo\r\n\tthree', 'one\\ntwo\\r\\n\\tthree'],
  ['\0\u007f', '\\u0000\\u007f'],
  ['C:\\é€ \u00a0', 'C:\\é€ \u00a0'],
])('%j is shown as %j', (text, shown) => {
  expect(visibleText(text)).toBe(shown)
})

test('only the kept characters remain', () => {
  expect(visibleText('a\nb\tc\r', '\n\t')).toBe('a\nb\tc\\r')
})

test('no control character remains in any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      expect([...visibleText(text)].filter(isControl)).toEqual([])
    }),
  )
})

test('JSON remains the same JSON', () => {
  fc.assert(
    fc.property(fc.json(), fc.string({ unit: 'binary' }), (json, text) => {
      const written = JSON.stringify([JSON.parse(json), text])
      expect(JSON.parse(visibleText(written))).toEqual(JSON.parse(written))
    }),
  )
})

function isControl(character: string): boolean {
  const code = character.codePointAt(0) ?? 0
  return code < 0x20 || (code >= 0x7f && code < 0xa0)
}
