/** An object of JSON whose keys and values have not been checked. */
export type Json = Readonly<Record<string, unknown>>

/** Whether a value of JSON is an object: neither null nor a list. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
