import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

const PUBLISHED = readFileSync(new URL('../../../metadata/output.schema.json', import.meta.url), 'utf8')

let isValid: ValidateFunction | undefined

/**
 * Holds the output of a call with --json to the published schema, which allows fields that it does not name, for later versions; here
 * there must be none.
 * @throws Error that names the places.
 */
export function checkOutput(text: string): void {
  isValid ??= new Ajv2020({ allErrors: true }).compile(withoutOtherFields(JSON.parse(PUBLISHED)))
  const value: unknown = JSON.parse(text)
  if (isValid(value)) return
  const errors = (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`)
  throw new Error(`the output is not what metadata/output.schema.json says: ${errors.join('; ')}\n${text}`)
}

/** The schema, all of whose objects have only the fields that it names. */
function withoutOtherFields(schema: unknown): object {
  return JSON.parse(JSON.stringify(schema), (_, part: unknown) =>
    isObjectSchema(part) ? { ...part, additionalProperties: false } : part,
  )
}

function isObjectSchema(part: unknown): part is object {
  return typeof part === 'object' && part !== null && 'required' in part
}
