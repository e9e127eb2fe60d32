import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSize } from '../../../cloud/sizes.ts'

test.each([
  ['32M', 32 * 2 ** 20],
  ['500M', 500 * 2 ** 20],
  ['1.5G', 1.5 * 2 ** 30],
  ['2T', 2 * 2 ** 40],
  ['40000k', 40000 * 2 ** 10],
  ['1GiB', 2 ** 30],
  ['1gb', 2 ** 30],
  ['0.033G', 34604 * 2 ** 10],
  ['1.1G', 1153434 * 2 ** 10],
])('%s are %i bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
})

test('every size is rounded up to a whole number of KiB, because LVM accepts no parts of a sector', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 999_999 }), fc.constantFrom('M', 'G'), (thousandths, unit) => {
      const text = `${thousandths / 1000}${unit}`
      fc.pre(unit === 'G' || thousandths >= 32_000)
      const bytes = parseSize(text)
      expect(bytes % 1024).toBe(0)
      const exact = (thousandths / 1000) * (unit === 'G' ? 2 ** 30 : 2 ** 20)
      expect(bytes - exact).toBeGreaterThanOrEqual(0)
      expect(bytes - exact).toBeLessThan(1024)
    }),
  )
})

test.each([
  '',
  '500',
  'G',
  '-1G',
  '1,5G',
  '1e3M',
  '1.5.1G',
  '1 G',
  '1P',
  'Infinity',
  '1G\n',
  '1Gi',
])('%j is not a size', text => {
  expect(() => parseSize(text)).toThrow('a size like 500M, 1.5G or 2T is expected')
})

test.each(['0M', '31M', '1K', '0.01G'])('%s is too small', text => {
  expect(() => parseSize(text)).toThrow('a cloud needs at least 32M')
})
