import { isObject, type Json } from '../json.ts'
import type { Finished } from '../system.ts'
import { excerpt, parseAnswer } from './answer.ts'

/**
 * The result of `read` for the JSON that a command printed on a node; `read` throws a RangeError for what is missing.
 * @throws UnexpectedAnswer that names node, tool and what is not JSON, or not as expected.
 */
export function parseJsonAnswer<T>(finished: Finished, read: (value: unknown) => T): T {
  return parseAnswer(finished, text => read(parseJson(text)))
}

/** The value of a JSON text; an empty text is an empty list. @throws RangeError that shows what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.trim() || '[]')
  } catch (cause) {
    throw new RangeError(`expected JSON, got ${excerpt(foreignLine(text))}${advice(text)}`, { cause })
  }
}

/** The line that does not look like JSON, or an invalid value such as `nan`; otherwise the whole text. */
function foreignLine(text: string): string {
  return text.split('\n').find(line => /^\s*[^\s\]"{}[,\d-]/.test(line)) ?? foreignValue(text) ?? text
}

function foreignValue(text: string): string | undefined {
  return /"[\w-]{1,60}": ?(?!true|false|null)[a-z-]{1,10}/i.exec(text)?.[0].replaceAll('"', '')
}

/** Advice for text in front of a tool's own output, with its usual cause. */
function advice(text: string): string {
  const isInFront = foreignLine(text) !== text && !/^\s*[[{]/.test(text)
  return isInFront ? " (if root's login shell prints that, make it silent unless it is interactive)" : ''
}

/** The objects of a list. @throws RangeError for anything else. */
export function objectsIn(value: unknown, what = 'the answer'): Json[] {
  if (!Array.isArray(value) || !value.every(isObject)) throw new RangeError(`${what} is not a list of objects`)
  return value
}

/** The objects of the list at a key; none where it is missing. @throws RangeError for anything else. */
export function listIn(object: Json, key: string): Json[] {
  return object[key] === undefined ? [] : objectsIn(object[key], `"${key}"`)
}

/** The text at a key. @throws RangeError for anything else. */
export function textIn(object: Json, key: string): string {
  const value = object[key]
  if (typeof value !== 'string') throw new RangeError(`"${key}" is ${JSON.stringify(value) ?? 'missing'}, not a text`)
  return value
}

/** The whole number at a key, as a number or a text. @throws RangeError for anything else. */
export function numberIn(object: Json, key: string): number {
  const value = object[key]
  if (!/^\d{1,19}$/.test(String(value)))
    throw new RangeError(`"${key}" is ${JSON.stringify(value) ?? 'missing'}, not a whole number`)
  return Number(value)
}

/** The object of a JSON text. @throws RangeError for anything else. */
export function objectOf(value: unknown): Json {
  if (!isObject(value)) throw new RangeError('the answer is not an object')
  return value
}

/** The rows of LVM's reports, such as those of `vg`. @see lvmreport(7) */
export function lvmRows(value: unknown, kind: 'vg' | 'lv'): Json[] {
  return listIn(objectOf(value), 'report').flatMap(report => listIn(report, kind))
}
