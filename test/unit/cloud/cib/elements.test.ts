import { expect, test } from 'vitest'
import { booleanIn } from '../../../../cloud/cib/elements.ts'

test.each(['true', 'TRUE', 'yes', 'on', 'y', '1'])('%s means yes', text => {
  expect(booleanIn(text)).toBe(true)
})

test.each(['false', 'False', 'no', 'off', 'n', '0'])('%s means no', text => {
  expect(booleanIn(text)).toBe(false)
})

test.each([undefined, '', ' true', 'enabled', '2'])('%s means neither', text => {
  expect(booleanIn(text)).toBeUndefined()
})
