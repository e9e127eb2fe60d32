import { describe, expect, test } from 'vitest'
import { firstFreeAddress, lowestFreeMinor, parseAddressRange } from '../../../cloud/allocate.ts'

test('the lowest minor that is not in use is taken', () => {
  expect(lowestFreeMinor([])).toBe(0)
  expect(lowestFreeMinor([1, 2])).toBe(0)
  expect(lowestFreeMinor([3, 0, 1])).toBe(2)
})

test('the first address of the range that is not in use is taken', () => {
  const range = parseAddressRange('10.77.1.254-10.77.2.1/16')

  expect(firstFreeAddress(range, [])).toBe('10.77.1.254')
  expect(firstFreeAddress(range, ['10.77.1.254', '10.77.1.255', '10.9.9.9'])).toBe('10.77.2.0')
})

test('a range that is used up says so', () => {
  const range = parseAddressRange('192.168.0.10-192.168.0.11/24')

  expect(() => firstFreeAddress(range, ['192.168.0.10', '192.168.0.11'])).toThrow(
    'all 2 addresses from 192.168.0.10 to 192.168.0.11 are in use',
  )
})

test('a range has the prefix length that the addresses are given', () => {
  expect(parseAddressRange('203.0.113.100-203.0.113.199/24').prefixLength).toBe(24)
})

describe('a range is refused when', () => {
  test.each([
    [
      'it has no prefix length',
      '10.77.1.100-10.77.1.199',
      'IPv4 addresses like 10.77.1.100-10.77.1.199/24 are expected',
    ],
    ['an address is none', '10.77.1.100-10.77.1.256/24', 'are expected'],
    ['an address could be octal', '10.77.1.010-10.77.1.99/24', 'are expected'],
    ['it is IPv6', '2001:db8::1-2001:db8::9/64', 'are expected'],
    ['its prefix length leaves no room', '10.77.1.1-10.77.1.1/32', 'are expected'],
    ['it ends before it starts', '10.77.1.199-10.77.1.100/24', 'ends before it starts'],
    ['it spans two subnets', '10.77.1.100-10.77.2.10/24', 'is not within one subnet of /24'],
    ['it holds the network’s address', '10.77.1.0-10.77.1.10/24', 'broadcast address'],
    ['it holds the broadcast address', '10.77.1.250-10.77.1.255/24', 'broadcast address'],
  ])('%s', (_case, text, message) => {
    expect(() => parseAddressRange(text)).toThrow(message)
    expect(() => parseAddressRange(text)).toThrow(RangeError)
  })
})
