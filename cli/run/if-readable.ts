/** What a parser reads in the answer of a node; undefined for text that it refuses, which another finding reports. */
export function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined
    throw thrown
  }
}
