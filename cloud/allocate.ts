/** Addresses that a cluster may give to its clouds, all in one subnet. */
export interface AddressRange {
  /** As numbers of 32 bits. */
  readonly first: number
  readonly last: number
  readonly prefixLength: number
}

/** The lowest minor number that is not in use. */
export function lowestFreeMinor(used: Iterable<number>): number {
  const taken = new Set(used)
  let minor = 0
  while (taken.has(minor)) minor += 1
  return minor
}

/**
 * A range of IPv4 addresses like `10.77.1.100-10.77.1.199/24`.
 * @throws RangeError that says what is expected.
 */
export function parseAddressRange(text: string): AddressRange {
  const match = /^([\d.]+)-([\d.]+)\/(\d{1,2})$/.exec(text)
  const prefixLength = Number(match?.[3])
  const first = addressNumber(match?.[1])
  const last = addressNumber(match?.[2])
  if (first === undefined || last === undefined || prefixLength < 8 || prefixLength > 30)
    throw new RangeError(
      `"${text}" is not a range of addresses: IPv4 addresses like 10.77.1.100-10.77.1.199/24 are expected, /8 to /30`,
    )
  if (first > last) throw new RangeError(`"${text}" ends before it starts`)
  const size = 2 ** (32 - prefixLength)
  const network = first - (first % size)
  if (last >= network + size) throw new RangeError(`"${text}" is not within one subnet of /${prefixLength}`)
  if (first === network || last === network + size - 1)
    throw new RangeError(`"${text}" holds the network's own address or its broadcast address`)
  return { first, last, prefixLength }
}

/**
 * The first address of the range that is not in use.
 * @throws RangeError when all are.
 */
export function firstFreeAddress({ first, last }: AddressRange, used: Iterable<string>): string {
  const taken = new Set(used)
  for (let number = first; number <= last; number += 1) {
    const address = addressText(number)
    if (!taken.has(address)) return address
  }
  throw new RangeError(
    `all ${last - first + 1} addresses from ${addressText(first)} to ${addressText(last)} are in use`,
  )
}

function addressNumber(text: string | undefined): number | undefined {
  const parts = (text ?? '').split('.')
  const isAddress = parts.length === 4 && parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
  return isAddress ? parts.reduce((sum, part) => sum * 256 + Number(part), 0) : undefined
}

function addressText(number: number): string {
  return [24, 16, 8, 0].map(bits => Math.floor(number / 2 ** bits) % 256).join('.')
}
