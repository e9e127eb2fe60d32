import { expect, test } from 'vitest'
import { addressAllocator, minorAllocator } from '../../../../cloud/allocate/numbers.ts'
import { parseAddressRange } from '../../../../cloud/subnets.ts'

test('the lowest free minor is taken', () => {
  expect(minorAllocator([])()).toBe(0)
  expect(minorAllocator([1, 2])()).toBe(0)
  expect(minorAllocator([3, 0, 1])()).toBe(2)
})

test('the first free address of the range is taken', () => {
  const range = parseAddressRange('10.77.1.254-10.77.2.1/16')

  expect(addressAllocator([])(range)).toBe('10.77.1.254')
  expect(addressAllocator(['10.77.1.254', '10.77.1.255', '10.9.9.9'])(range)).toBe('10.77.2.0')
})

test('an IPv6 address is in use in any form', () => {
  const range = parseAddressRange('2001:db8::ffff-2001:db8::1:9/64')

  expect(addressAllocator(['2001:0DB8:0:0::FFFF'])(range)).toBe('2001:db8::1:0')
})

test('an exhausted range is reported', () => {
  const range = parseAddressRange('192.168.0.10-192.168.0.11/24')

  expect(() => addressAllocator(['192.168.0.10', '192.168.0.11'])(range)).toThrow(
    'all 2 addresses from 192.168.0.10 to 192.168.0.11 are in use',
  )
})

test('minors are allocated one after the other, none twice', () => {
  const take = minorAllocator([0, 3])

  expect([take(), take(), take()]).toEqual([1, 2, 4])
})

test('addresses are allocated one after the other, none twice, also from overlapping ranges', () => {
  const take = addressAllocator(['10.77.1.11'])
  const range = parseAddressRange('10.77.1.10-10.77.1.13/24')
  const other = parseAddressRange('10.77.1.12-10.77.1.20/24')

  expect([take(range), take(other), take(range)]).toEqual(['10.77.1.10', '10.77.1.12', '10.77.1.13'])
  expect(() => take(range)).toThrow('all 4 addresses from 10.77.1.10 to 10.77.1.13 are in use')
  expect(take(other)).toBe('10.77.1.14')
})
