import { describe, expect, test } from 'vitest'
import { addressRangeText, isIn, parseAddressRange, parseSubnet } from '../../../cloud/subnets.ts'
import { addressOf } from '../../../system/addresses.ts'

test('an address is only in subnets of its own family', () => {
  const isInSubnet = (subnet: string, text: string) => {
    const address = addressOf(text)
    return address !== undefined && isIn(parseSubnet(subnet), address)
  }

  expect(isInSubnet('10.77.3.0/24', '10.77.3.255')).toBe(true)
  expect(isInSubnet('10.77.3.9/24', '10.77.3.1')).toBe(true)
  expect(isInSubnet('10.77.3.0/24', '10.77.4.0')).toBe(false)
  expect(isInSubnet('2001:db8::/64', '2001:db8::ffff:1')).toBe(true)
  expect(isInSubnet('2001:db8::/64', '2001:db8:0:1::1')).toBe(false)
  expect(isInSubnet('::/8', '0.0.0.1')).toBe(false)
})

test.each([
  '10.77.3.0',
  '10.77.3.0/31',
  '10.77.3.0/',
  '/24',
  '2001:db8::/127',
  'net/24',
])('%s is not a subnet', text => {
  expect(() => parseSubnet(text)).toThrow('is not a subnet: one like 10.0.3.0/24')
})

test.each([
  '10.77.1.100-10.77.1.199/24',
  '2001:db8::100-2001:db8::1ff/64',
])('the range %s is printed as it was read', text => {
  expect(addressRangeText(parseAddressRange(text))).toBe(text)
})

test('a range has the prefix length of its addresses', () => {
  expect(parseAddressRange('203.0.113.100-203.0.113.199/24').prefixLength).toBe(24)
})

test.each([
  '127.0.0.1-127.0.0.9/8',
  '0.0.0.1-0.0.0.9/8',
  '169.254.1.1-169.254.1.9/16',
  '224.0.0.1-224.0.0.9/24',
  '::1-::9/64',
  'fe80::1-fe80::9/64',
  'ff02::1-ff02::9/64',
  '::ffff:10.0.0.1-::ffff:10.0.0.9/96',
])('the range %s is refused, no host can have its addresses', text => {
  expect(() => parseAddressRange(text)).toThrow(/ contains an address that .*: choose others$/)
})

describe('a range is refused when', () => {
  test.each([
    ['it has no prefix length', '10.77.1.100-10.77.1.199', 'one like 10.77.1.100-10.77.1.199/24'],
    ['an address is invalid', '10.77.1.100-10.77.1.256/24', 'is expected'],
    ['an address could be octal', '10.77.1.010-10.77.1.99/24', 'is expected'],
    ['its ends have different families', '10.77.1.1-2001:db8::9/64', 'is expected'],
    ['its prefix length leaves no room', '10.77.1.1-10.77.1.1/32', 'is expected'],
    ['it ends before it starts', '10.77.1.199-10.77.1.100/24', 'ends before it starts'],
    ['it spans two subnets', '10.77.1.100-10.77.2.10/24', 'is not within one subnet of /24'],
    ['it contains the network’s address', '10.77.1.0-10.77.1.10/24', 'broadcast address'],
    ['it contains the address of an IPv6 network', '2001:db8::-2001:db8::9/64', "the network's own address"],
    ['it contains the broadcast address', '10.77.1.250-10.77.1.255/24', 'broadcast address'],
  ])('%s', (_case, text, message) => {
    expect(() => parseAddressRange(text)).toThrow(message)
    expect(() => parseAddressRange(text)).toThrow(RangeError)
  })
})
