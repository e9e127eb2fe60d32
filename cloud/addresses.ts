/** An IP address as a number. */
export interface Address {
  readonly family: 4 | 6
  readonly number: bigint
}

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

const BITS = { 4: 32, 6: 128 } as const

/** The address that a text names; undefined when it names none. */
export function addressOf(text: string): Address | undefined {
  return text.includes(':') ? addressOf6(text) : addressOf4(text)
}

/** The normal form: without leading zeros, and for IPv6 that of RFC 5952. */
export function addressText({ family, number }: Address): string {
  const parts = (count: number, bits: number) =>
    Array.from(
      { length: count },
      (_, index) => (number >> BigInt(bits * (count - 1 - index))) & ((1n << BigInt(bits)) - 1n),
    )
  if (family === 4) return parts(4, 8).join('.')
  const hexadecimal = parts(8, 16).map(part => part.toString(16))
  return new URL(`http://[${hexadecimal.join(':')}]/`).hostname.slice(1, -1)
}

/** @throws RangeError that says what is expected. */
export function parseSubnet(text: string): Subnet {
  const [, address = '', length = ''] = /^([\d.a-f:]+)\/(\d{1,3})$/i.exec(text) ?? []
  const found = addressOf(address)
  const prefixLength = Number(length)
  if (found === undefined || !isUsable(found.family, prefixLength))
    throw new RangeError(`"${text}" is no subnet: one like 10.0.3.0/24 or 2001:db8::/64 is expected`)
  return { family: found.family, network: networkOf(found, prefixLength), prefixLength }
}

export function subnetText({ family, network, prefixLength }: Subnet): string {
  return `${addressText({ family, number: network })}/${prefixLength}`
}

export function isIn({ family, network, prefixLength }: Subnet, address: Address): boolean {
  return address.family === family && networkOf(address, prefixLength) === network
}

/** The subnet that a range lies in. */
export function subnetOf({ family, first, prefixLength }: AddressRange): Subnet {
  return { family, network: networkOf({ family, number: first }, prefixLength), prefixLength }
}

/**
 * A range of addresses like `10.77.1.100-10.77.1.199/24` or `2001:db8::100-2001:db8::1ff/64`.
 * @throws RangeError that says what is expected.
 */
export function parseAddressRange(text: string): AddressRange {
  const [, from = '', to = '', length = ''] = /^([\d.a-f:]+)-([\d.a-f:]+)\/(\d{1,3})$/i.exec(text) ?? []
  const [first, last, prefixLength] = [addressOf(from), addressOf(to), Number(length)]
  if (!first || !last || first.family !== last.family || !isUsable(first.family, prefixLength))
    throw new RangeError(
      `"${text}" is not a range of addresses: one like 10.77.1.100-10.77.1.199/24 or 2001:db8::100-2001:db8::1ff/64 is ` +
        'expected, IPv4 from /8 to /30, IPv6 from /8 to /126',
    )
  if (first.number > last.number) throw new RangeError(`"${text}" ends before it starts`)
  const network = networkOf(first, prefixLength)
  if (networkOf(last, prefixLength) !== network)
    throw new RangeError(`"${text}" is not within one subnet of /${prefixLength}`)
  const broadcast = network + (1n << BigInt(BITS[first.family] - prefixLength)) - 1n
  if (first.number === network || (first.family === 4 && last.number === broadcast))
    throw new RangeError(`"${text}" holds the network's own address or its broadcast address`)
  return { family: first.family, first: first.number, last: last.number, prefixLength }
}

export function addressRangeText({ family, first, last, prefixLength }: AddressRange): string {
  return `${addressText({ family, number: first })}-${addressText({ family, number: last })}/${prefixLength}`
}

/** Whether networks of that size hold addresses to give away. */
export function isUsable(family: 4 | 6, prefixLength: number): boolean {
  return prefixLength >= 8 && prefixLength <= BITS[family] - 2
}

function networkOf({ family, number }: Address, prefixLength: number): bigint {
  const hostBits = BigInt(BITS[family] - prefixLength)
  return (number >> hostBits) << hostBits
}

/** A part with a leading zero could be meant octal. */
function addressOf4(text: string): Address | undefined {
  const parts = text.split('.')
  const isAddress = parts.length === 4 && parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
  return isAddress ? { family: 4, number: parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n) } : undefined
}

/** The URL parser knows all forms of IPv6, and gives the one of RFC 5952 without dotted parts. */
function addressOf6(text: string): Address | undefined {
  const url = `http://[${text}]/`
  if (!/^[\da-f:.]+$/i.test(text) || !URL.canParse(url)) return undefined
  const [left = '', right] = new URL(url).hostname.slice(1, -1).split('::')
  const groups = (half: string) => half.split(':').filter(group => group !== '')
  const tail = right === undefined ? [] : groups(right)
  const head = groups(left)
  const all = [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail]
  return { family: 6, number: all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n) }
}
