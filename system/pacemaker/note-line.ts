import { isObject, type Json } from '../json.ts'

/** This project never writes a longer note. */
const MAX_LENGTH = 16_384

/** The fields of a note, which is one line of JSON; none for any other text. */
export function noteFields(text: string): Json {
  if (text.length > MAX_LENGTH) return {}
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}
