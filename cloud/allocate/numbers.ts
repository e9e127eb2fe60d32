import { type Address, type AddressRange, addressOf, addressText } from '../addresses.ts'

/** Gives the lowest minor number that is neither in use nor given before. */
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
 * Gives the first address of a range that is neither in use nor given before.
 * What it returns throws a RangeError when all are in use.
 */
export function addressAllocator(used: Iterable<string>): (range: AddressRange) => string {
  const taken = new Set([...used].map(addressOf).flatMap(address => (address ? [keyOf(address)] : [])))
  /** Where each range is used up to: none is searched twice. */
  const reached = new Map<string, bigint>()
  return ({ family, first, last }) => {
    const range = `${family} ${first} ${last}`
    let number = reached.get(range) ?? first
    while (number <= last && taken.has(keyOf({ family, number }))) number += 1n
    reached.set(range, number)
    if (number > last) {
      const [from, to] = [first, last].map(found => addressText({ family, number: found }))
      throw new RangeError(`all ${last - first + 1n} addresses from ${from} to ${to} are in use`)
    }
    taken.add(keyOf({ family, number }))
    return addressText({ family, number })
  }
}

const keyOf = ({ family, number }: Address) => `${family} ${number}`
