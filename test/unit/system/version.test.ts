import { expect, test } from 'vitest'
import { isAtLeast, versionIn } from '../../../system/version.ts'

test.each([
  ['3.0.2-2', [3, 0, 2]],
  ['9.28', [9, 28, 0]],
  [' 2.1.5\n', [2, 1, 5]],
  ['9', undefined],
  ['v2.1.5', undefined],
  ['', undefined],
])('%j', (text, numbers) => {
  expect(versionIn(text)).toEqual(numbers)
})

test.each([
  ['3.0.2', '3.0.2', true],
  ['3.0.10', '3.0.2', true],
  ['3.1.0', '3.0.2', true],
  ['3.0.1', '3.0.2', false],
  ['2.9.9', '3.0.2', false],
])('%s is at least %s: %s', (text, wanted, expected) => {
  expect(isAtLeast(versionIn(text) ?? [], versionIn(wanted) ?? [])).toBe(expected)
})
