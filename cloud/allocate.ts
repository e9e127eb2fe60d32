import { type AddressRange, addressOf, addressText } from './addresses.ts'

/** The lowest minor number that is not in use. */
export function lowestFreeMinor(used: Iterable<number>): number {
  const taken = new Set(used)
  let minor = 0
  while (taken.has(minor)) minor += 1
  return minor
}

/**
 * The first address of the range that is not in use.
 * @throws RangeError when all are.
 */
export function firstFreeAddress({ family, first, last }: AddressRange, used: Iterable<string>): string {
  const taken = new Set([...used].map(text => addressOf(text)?.number))
  for (let number = first; number <= last; number += 1n) if (!taken.has(number)) return addressText({ family, number })
  const [from, to] = [first, last].map(number => addressText({ family, number }))
  throw new RangeError(`all ${last - first + 1n} addresses from ${from} to ${to} are in use`)
}
