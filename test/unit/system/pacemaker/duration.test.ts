import { expect, test } from 'vitest'
import { seconds } from '../../../../system/pacemaker/duration.ts'

test.each([
  ['90', 90],
  ['90s', 90],
  [' 90 sec ', 90],
  ['1500ms', 1.5],
  ['2min', 120],
  ['2m', 120],
  ['1h', 3600],
  ['90S', 90],
  ['90 seconds', 90],
  ['2 Minutes', 120],
  ['1hour', 3600],
  ['1500 msecs', 1.5],
  ['PT1M', undefined],
  ['-1', undefined],
  ['', undefined],
  [undefined, undefined],
  ['1.5s', undefined],
  ['9 weeks', undefined],
  // every object of JavaScript has one
  ['5constructor', undefined],
])('the time %j is %s seconds', (text, expected) => {
  expect(seconds(text)).toBe(expected)
})
