import { NAME_RANGE } from '../../cloud/names.ts'

/** More names than any cluster has, so that a typing error like foobar1-30000 is refused. */
const MAX_NAMES = 1000

/**
 * The names that a list like `foobar1-3,foobar5` expands to, in this order, each once. Leading zeros of the first number set the
 * number of digits: `cloud01-4` is cloud01, cloud02, cloud03, cloud04. A word that ends in a number, a dash and a number is always
 * a range; `rack1-2-2` is the one name rack1-2.
 * @throws RangeError for an empty name, and for a range that goes backwards or is too long.
 */
export function expandRanges(text: string): string[] {
  return namesIn(text, expand)
}

/**
 * The same with a list of known names: a word that is a known name means that name, not a range. The result may contain unknown
 * names.
 * @throws RangeError also for a known name that can be read as a range of other known names.
 */
export function expandAmong(text: string, known: readonly string[]): string[] {
  return namesIn(text, word => (known.includes(word) ? [unambiguous(word, known)] : expand(word)))
}

/** Whether a word of a list reads as a range. */
export function hasRanges(text: string): boolean {
  return text.split(',').some(word => rangeOf(word) !== undefined)
}

/** How each range in a list was read, and how to write the one name that looks like it. */
export function rangeNotes(text: string): string[] {
  return text
    .split(',')
    .filter(word => rangeOf(word) !== undefined)
    .map(word => `${word} was read as ${expand(word).join(', ')}; write ${rangeOfOne(word)} for the one name`)
}

function namesIn(text: string, read: (word: string) => string[]): string[] {
  const names = text.split(',').flatMap(read)
  if (names.length > MAX_NAMES) throw new RangeError(`"${text}" expands to more than ${MAX_NAMES} names`)
  return [...new Set(names)]
}

interface Range {
  readonly prefix: string
  readonly first: number
  readonly last: number
  readonly digits: number
}

function rangeOf(word: string): Range | undefined {
  const [, prefix, from, to] = NAME_RANGE.exec(word) ?? []
  if (prefix === undefined || from === undefined || to === undefined) return undefined
  return { prefix, first: Number(from), last: Number(to), digits: from.startsWith('0') ? from.length : 0 }
}

function expand(word: string): string[] {
  if (word === '') throw new RangeError('a name is missing: separate names by single commas')
  const range = rangeOf(word)
  if (range === undefined) return [word]
  const { first, last } = range
  if (first > last) throw new RangeError(`"${word}" goes backwards`)
  if (last - first >= MAX_NAMES) throw new RangeError(`"${word}" expands to more than ${MAX_NAMES} names`)
  return Array.from({ length: last - first + 1 }, (_, index) => nameAt(range, first + index))
}

function nameAt({ prefix, digits }: Range, number: number): string {
  return prefix + String(number).padStart(digits, '0')
}

/** A word that is a known name. Guessing between the two readings could destroy the wrong storage. */
function unambiguous(word: string, known: readonly string[]): string {
  const range = rangeOf(word)
  const members = range === undefined ? [] : known.filter(name => isIn(range, name))
  if (members.length === 0) return word
  throw new RangeError(
    `"${word}" is ambiguous: write ${rangeOfOne(word)} for the one name, or list ${members.join(', ')} for the range`,
  )
}

function isIn(range: Range, name: string): boolean {
  const number = Number(name.slice(range.prefix.length))
  return number >= range.first && number <= range.last && name === nameAt(range, number)
}

/** A range that contains only the one name: `rack1-2` is written rack1-2-2. */
function rangeOfOne(word: string): string {
  return word.replace(/(?<!\d)\d+$/, '$&-$&')
}
