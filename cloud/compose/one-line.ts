import { valueText } from '../problem.ts'

/**
 * Refuses a value with a control character: crmsh would read the text after a newline as a separate command. Parsers accept no such
 * value; this guards values that were not parsed.
 * @throws RangeError that shows the value.
 */
export function refuseControlCharacters(value: unknown): void {
  if (typeof value === 'string') {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
    if (/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(value))
      throw new RangeError(`${valueText(value)} contains a control character: correct it in the CIB or in the file`)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of value instanceof Map ? value : Object.entries(value)) {
      refuseControlCharacters(name)
      refuseControlCharacters(inner)
    }
  }
}
