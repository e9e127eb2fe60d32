import { array, assert, bigInt, property } from 'fast-check'
import { expect, test } from 'vitest'
import { addressOf, addressText } from '../../../system/addresses.ts'

test.each([
  ['10.77.1.100', '10.77.1.100'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['2001:db8::192.0.2.1', '2001:db8::c000:201'],
  ['::', '::'],
  ['fd00::1:0:0:1', 'fd00::1:0:0:1'],
])('the address %s is printed as %s', (text, normal) => {
  const address = addressOf(text)

  expect(address && addressText(address)).toBe(normal)
})

test.each([
  '10.77.1',
  '10.77.1.256',
  '010.77.1.1',
  '1.2.3.4.5',
  ':::',
  '2001:db8::1::2',
  'fe80::1%eth0',
  'node1',
  '',
])('"%s" is not an address', text => {
  expect(addressOf(text)).toBeUndefined()
})

test('any IPv6 address is the same after it is printed and read', () => {
  assert(
    property(array(bigInt({ min: 0n, max: 0xffffn }), { minLength: 8, maxLength: 8 }), groups => {
      const number = groups.reduce((sum, group) => sum * 65536n + group, 0n)
      expect(addressOf(addressText({ family: 6, number }))).toEqual({ family: 6, number })
    }),
  )
})
