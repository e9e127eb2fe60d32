/* JSON Schema in few words. */

export type Schema = Readonly<Record<string, unknown>>

export const text = { type: 'string' }
export const flag = { type: 'boolean' }
export const count = { type: 'integer', minimum: 0 }
export const number = { type: 'number' }
export const time = { type: 'string', description: 'ISO 8601' }

/** An object with all of these fields. */
export function object(properties: Readonly<Record<string, Schema>>, description?: string): Schema {
  return { type: 'object', ...(description && { description }), properties, required: Object.keys(properties) }
}

export function list(items: Schema): Schema {
  return { type: 'array', items }
}

export function oneOf(...words: readonly (string | null)[]): Schema {
  return { enum: words }
}

export function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] }
}

export function ref(name: string): Schema {
  return { $ref: `#/$defs/${name}` }
}
