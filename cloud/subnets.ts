import { ADDRESS_BITS, type Address, addressOf, addressText } from '../system/addresses.ts'
import { valueText } from './problem.ts'
import { rangeFault } from './service-address.ts'

/** A subnet like `10.0.3.0/24`. */
export interface Subnet {
  readonly family: 4 | 6
  readonly network: bigint
  readonly prefixLength: number
}

/** Addresses that a cluster may give to its clouds, all in one subnet. */
export interface AddressRange {
  readonly family: 4 | 6
  readonly first: bigint
  readonly last: bigint
  readonly prefixLength: number
}

/** @throws RangeError that shows the expected form. */
export function parseSubnet(text: string): Subnet {
  const [, addressPart = '', length = ''] = /^([\d.a-f:]+)\/(\d{1,3})$/i.exec(text) ?? []
  const address = addressOf(addressPart)
  const prefixLength = Number(length)
  if (address === undefined || !hasHostAddresses(address.family, prefixLength))
    throw new RangeError(`${valueText(text)} is not a subnet: one like 10.0.3.0/24 or 2001:db8::/64 is expected`)
  return { family: address.family, network: networkOf(address, prefixLength), prefixLength }
}

export function subnetText({ family, network, prefixLength }: Subnet): string {
  return `${addressText({ family, number: network })}/${prefixLength}`
}

export function isIn({ family, network, prefixLength }: Subnet, address: Address): boolean {
  return address.family === family && networkOf(address, prefixLength) === network
}

/** The subnet that contains a range. */
export function subnetOf({ family, first, prefixLength }: AddressRange): Subnet {
  return { family, network: networkOf({ family, number: first }, prefixLength), prefixLength }
}

/**
 * A range of addresses like `10.77.1.100-10.77.1.199/24` or `2001:db8::100-2001:db8::1ff/64`.
 * @throws RangeError that shows the expected form.
 */
export function parseAddressRange(text: string): AddressRange {
  const [, from = '', to = '', length = ''] = /^([\d.a-f:]+)-([\d.a-f:]+)\/(\d{1,3})$/i.exec(text) ?? []
  const [first, last, prefixLength] = [addressOf(from), addressOf(to), Number(length)]
  if (!first || !last || first.family !== last.family || !hasHostAddresses(first.family, prefixLength))
    throw new RangeError(
      `${valueText(text)} is not a range of addresses: one like 10.77.1.100-10.77.1.199/24 or 2001:db8::100-2001:db8::1ff/64 is ` +
        'expected, IPv4 from /8 to /30, IPv6 from /8 to /126',
    )
  if (first.number > last.number) throw new RangeError(`${valueText(text)} ends before it starts`)
  const network = networkOf(first, prefixLength)
  if (networkOf(last, prefixLength) !== network)
    throw new RangeError(`${valueText(text)} is not within one subnet of /${prefixLength}`)
  const broadcast = network + (1n << BigInt(ADDRESS_BITS[first.family] - prefixLength)) - 1n
  if (first.number === network || (first.family === 4 && last.number === broadcast))
    throw new RangeError(`${valueText(text)} contains the network's own address or its broadcast address`)
  const range = { family: first.family, first: first.number, last: last.number, prefixLength }
  const fault = rangeFault(range)
  if (fault !== undefined) throw new RangeError(`${valueText(text)} contains an address that ${fault}: choose others`)
  return range
}

export function addressRangeText({ family, first, last, prefixLength }: AddressRange): string {
  return `${addressText({ family, number: first })}-${addressText({ family, number: last })}/${prefixLength}`
}

/** Whether a subnet of that size has addresses for hosts. */
function hasHostAddresses(family: 4 | 6, prefixLength: number): boolean {
  return isPrefixLength(family, prefixLength) && prefixLength <= ADDRESS_BITS[family] - 2
}

/** Whether an address can have that prefix length, including those of a point-to-point link and of a host. */
export function isPrefixLength(family: 4 | 6, prefixLength: number): boolean {
  return prefixLength >= 8 && prefixLength <= ADDRESS_BITS[family]
}

function networkOf({ family, number }: Address, prefixLength: number): bigint {
  const hostBits = BigInt(ADDRESS_BITS[family] - prefixLength)
  return (number >> hostBits) << hostBits
}
