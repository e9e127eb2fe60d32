import { ADDRESS_BITS, type Address, addressOf } from '../system/addresses.ts'

/** Addresses that belong to no host of a network, or that a portal cannot have because they need an interface. */
const SPECIAL = (
  [
    ['0.0.0.0', 8, 'belongs to no host'],
    ['127.0.0.0', 8, 'is a loopback address'],
    ['169.254.0.0', 16, 'is a link-local address'],
    ['224.0.0.0', 4, 'is a multicast address'],
    ['255.255.255.255', 32, 'is the broadcast address'],
    ['::', 128, 'belongs to no host'],
    ['::1', 128, 'is a loopback address'],
    ['::ffff:0:0', 96, 'is an IPv4 address in IPv6 form'],
    ['fe80::', 10, 'is a link-local address'],
    ['ff00::', 8, 'is a multicast address'],
  ] as const
).map(([text, prefixLength, fault]) => {
  const { family = 4, number = 0n } = addressOf(text) ?? {}
  return { family, first: number, last: number + (1n << BigInt(ADDRESS_BITS[family] - prefixLength)) - 1n, fault }
})

/** What is wrong with a service address, in the subnet of that prefix length if it is given; undefined when nothing is. */
export function addressFault(address: Address, prefixLength: number | undefined): string | undefined {
  const { family, number } = address
  return rangeFault({ family, first: number, last: number }) ?? hostFault(address, prefixLength)
}

/** What is wrong with at least one service address of a range, its ends included; undefined when nothing is. */
export function rangeFault(range: { readonly family: 4 | 6; readonly first: bigint; readonly last: bigint }) {
  const { family, first, last } = range
  return SPECIAL.find(item => item.family === family && item.first <= last && first <= item.last)?.fault
}

function hostFault({ family, number }: Address, prefixLength: number | undefined): string | undefined {
  // both addresses of a point-to-point link, and a single address, belong to hosts (RFC 3021, RFC 6164)
  if (prefixLength === undefined || prefixLength > ADDRESS_BITS[family] - 2) return undefined
  const size = 1n << BigInt(ADDRESS_BITS[family] - prefixLength)
  const host = number % size
  if (host === 0n) return `is the address of the network itself, with a prefix of ${prefixLength} bits`
  if (family === 4 && host === size - 1n) return `is the broadcast address, with a prefix of ${prefixLength} bits`
  return undefined
}
