/** Numbers that a seed decides. */
export interface Random {
  /** At least 0, less than `end`, whole. */
  readonly below: (end: number) => number
  /** @throws RangeError for an empty list. */
  readonly oneOf: <T>(list: readonly T[]) => T
  readonly shuffled: <T>(list: readonly T[]) => T[]
}

/** @see https://gist.github.com/tommyettinger/46a874533244883189143505d203312c mulberry32, which is in the public domain */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (end: number) => Math.floor(next() * end)
  const shuffled = <T>(list: readonly T[]): T[] =>
    list
      .map(one => ({ one, place: next() }))
      .toSorted((left, right) => left.place - right.place)
      .map(({ one }) => one)
  return {
    below,
    shuffled,
    oneOf: list => {
      const one = list[below(list.length)]
      if (one === undefined) throw new RangeError('nothing to choose from')
      return one
    },
  }
}
