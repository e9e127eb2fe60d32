import { array, assert, bigInt, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addressOf,
  addressRangeText,
  addressText,
  isIn,
  parseAddressRange,
  parseSubnet,
} from '../../../cloud/addresses.ts'

test.each([
  ['10.77.1.100', '10.77.1.100'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['2001:db8::192.0.2.1', '2001:db8::c000:201'],
  ['::', '::'],
  ['fd00::1:0:0:1', 'fd00::1:0:0:1'],
])('the address %s is written %s', (text, normal) => {
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
])('"%s" is no address', text => {
  expect(addressOf(text)).toBeUndefined()
})

test('any IPv6 address is read as it was written', () => {
  assert(
    property(array(bigInt({ min: 0n, max: 0xffffn }), { minLength: 8, maxLength: 8 }), groups => {
      const number = groups.reduce((sum, group) => sum * 65536n + group, 0n)
      expect(addressOf(addressText({ family: 6, number }))).toEqual({ family: 6, number })
    }),
  )
})

test('an address is in a subnet of its own family alone', () => {
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

test.each(['10.77.3.0', '10.77.3.0/31', '10.77.3.0/', '/24', '2001:db8::/127', 'net/24'])('%s is no subnet', text => {
  expect(() => parseSubnet(text)).toThrow('is no subnet: one like 10.0.3.0/24')
})

test.each([
  '10.77.1.100-10.77.1.199/24',
  '2001:db8::100-2001:db8::1ff/64',
])('the range %s is written as it was', text => {
  expect(addressRangeText(parseAddressRange(text))).toBe(text)
})

test('a range has the prefix length that the addresses are given', () => {
  expect(parseAddressRange('203.0.113.100-203.0.113.199/24').prefixLength).toBe(24)
})

describe('a range is refused when', () => {
  test.each([
    ['it has no prefix length', '10.77.1.100-10.77.1.199', 'one like 10.77.1.100-10.77.1.199/24'],
    ['an address is none', '10.77.1.100-10.77.1.256/24', 'is expected'],
    ['an address could be octal', '10.77.1.010-10.77.1.99/24', 'is expected'],
    ['its ends are of two families', '10.77.1.1-2001:db8::9/64', 'is expected'],
    ['its prefix length leaves no room', '10.77.1.1-10.77.1.1/32', 'is expected'],
    ['it ends before it starts', '10.77.1.199-10.77.1.100/24', 'ends before it starts'],
    ['it spans two subnets', '10.77.1.100-10.77.2.10/24', 'is not within one subnet of /24'],
    ['it holds the network’s address', '10.77.1.0-10.77.1.10/24', 'broadcast address'],
    ['it holds the address of an IPv6 network', '2001:db8::-2001:db8::9/64', "the network's own address"],
    ['it holds the broadcast address', '10.77.1.250-10.77.1.255/24', 'broadcast address'],
  ])('%s', (_case, text, message) => {
    expect(() => parseAddressRange(text)).toThrow(message)
    expect(() => parseAddressRange(text)).toThrow(RangeError)
  })
})
