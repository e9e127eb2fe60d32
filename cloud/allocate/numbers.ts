import { addressKey, addressOf, addressText } from '../../system/addresses.ts'
import type { AddressRange } from '../subnets.ts'

/** Returns the lowest minor number that is neither in use nor already allocated. */
export function minorAllocator(used: Iterable<number>): () => number {
  const taken = new Set(used)
  let next = 0
  return () => {
    while (taken.has(next)) next += 1
    taken.add(next)
    return next
  }
}

/**
 * Returns the first address of a range that is neither in use nor already allocated.
 * The allocator throws a RangeError when all are in use.
 */
export function addressAllocator(used: Iterable<string>): (range: AddressRange) => string {
  const taken = new Set([...used].map(addressOf).flatMap(address => (address ? [addressKey(address)] : [])))
  /** The next address to try in each range, so that no address is tried twice. */
  const reached = new Map<string, bigint>()
  return ({ family, first, last }) => {
    const range = `${family} ${first} ${last}`
    let number = reached.get(range) ?? first
    while (number <= last && taken.has(addressKey({ family, number }))) number += 1n
    reached.set(range, number)
    if (number > last) {
      const [from, to] = [first, last].map(end => addressText({ family, number: end }))
      throw new RangeError(`all ${last - first + 1n} addresses from ${from} to ${to} are in use`)
    }
    taken.add(addressKey({ family, number }))
    return addressText({ family, number })
  }
}
