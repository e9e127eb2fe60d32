import { isPlainText } from '../system/visible-text.ts'

/* Parsers for parameter values. Each returns the value, or throws a RangeError with the expected form. */

/** The limits of Linux, in bytes; the kernel refuses longer names and paths everywhere. */
const LONGEST_NAME = 255
const LONGEST_PATH = 4095

/**
 * Characters that the CIB or a line of a configuration cannot contain: controls, ends of lines, bytes that are not UTF-8,
 * noncharacters.
 */
const unprintable = () => /[\p{Cc}\p{Cs}\u2028\u2029\ufffd-\uffff]/u

/** An absolute path in normal form: no empty, `.` or `..` part, no character that a CIB cannot contain. */
export function parseAbsolutePath(text: string): string {
  const parts = text.split('/').slice(1)
  const isNormal = parts.every(part => part !== '' && part !== '.' && part !== '..')
  const fits = Buffer.byteLength(text) <= LONGEST_PATH && parts.every(part => Buffer.byteLength(part) <= LONGEST_NAME)
  if (!isPlainText(text) && unprintable().test(text))
    throw new RangeError('an absolute path in UTF-8 without control characters is expected')
  if (!text.startsWith('/') || !isNormal || !fits)
    throw new RangeError('an absolute path without ".", ".." and empty parts, such as a slash at the end, is expected')
  return text
}

/** A path below /dev. */
export function parseDevicePath(text: string): string {
  if (!text.startsWith('/dev/')) throw new RangeError('the path of a block device below /dev is expected')
  return parseAbsolutePath(text)
}

/** A parser for whole numbers from `min` to `max`. */
export function parseInteger(min: number, max: number): (text: string) => number {
  return text => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= min && value <= max)) throw new RangeError(`a whole number from ${min} to ${max} is expected`)
    return value
  }
}

/** A parser for texts that match `pattern` whole; `form` describes them. */
export function parsePattern(pattern: RegExp, form: string): (text: string) => string {
  return text => {
    if (!pattern.test(text)) throw new RangeError(`${form} is expected`)
    return text
  }
}

/** A parser for one of these words. */
export function parseChoice<const W extends string>(...words: readonly W[]): (text: string) => W {
  return text => {
    const word = words.find(known => known === text)
    if (word === undefined) throw new RangeError(`one of ${words.join(', ')} is expected`)
    return word
  }
}

/** A parser for one or more items separated by blanks; the same item twice counts once. */
export function parseList<T>(item: (text: string) => T): (text: string) => readonly T[] {
  return text => {
    const words = text.split(/[ \t\n]+/).filter(word => word !== '')
    // the item's own parser names the expected form
    return [...new Set((words.length === 0 ? [text] : words).map(item))]
  }
}

/** A boolean as Pacemaker and the stock agents write it. */
export function parseBoolean(text: string): boolean {
  const word = text.toLowerCase()
  if (['1', 'true', 'yes', 'on'].includes(word)) return true
  if (['0', 'false', 'no', 'off'].includes(word)) return false
  throw new RangeError('true or false is expected')
}
