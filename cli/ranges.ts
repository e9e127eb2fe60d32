/** More names than any cluster has: a slip of the finger like foobar1-30000 is to be refused, not worked on. */
const MOST = 1000

/**
 * The names that a list like `foobar1-3,foobar5` stands for, in this order, each once. A first number with leading zeros
 * says how many digits all have: `cloud01-4` is cloud01, cloud02, cloud03, cloud04. A name that ends in number, dash and
 * number is always a range.
 * @throws RangeError for an empty name and for a range that goes backwards or is too long.
 */
export function expandRanges(text: string): string[] {
  const names = text.split(',').flatMap(expand)
  if (names.length > MOST) throw new RangeError(`"${text}" stands for more than ${MOST} names`)
  return [...new Set(names)]
}

/**
 * Those of the known names that a list stands for; ALL stands for all of them.
 * @throws RangeError that names one that is not known; `what` says what they are, such as `node`.
 */
export function selectNames(text: string, known: readonly string[], what: string): string[] {
  if (text === 'ALL') return [...known]
  const names = expandRanges(text)
  const unknown = names.find(name => !known.includes(name))
  if (unknown !== undefined)
    throw new RangeError(`there is no ${what} ${unknown}; there is ${known.join(', ') || 'none at all'}`)
  return names
}

function expand(item: string): string[] {
  if (item === '') throw new RangeError('a name is missing: names are separated by single commas')
  const [, prefix, from, to] = /^(.*?)(\d+)-(\d+)$/.exec(item) ?? []
  if (prefix === undefined || from === undefined || to === undefined) return [item]
  const [first, last] = [Number(from), Number(to)]
  if (first > last) throw new RangeError(`"${item}" goes backwards`)
  if (last - first >= MOST) throw new RangeError(`"${item}" stands for more than ${MOST} names`)
  const digits = from.startsWith('0') ? from.length : 0
  return Array.from({ length: last - first + 1 }, (_, index) => prefix + String(first + index).padStart(digits, '0'))
}
