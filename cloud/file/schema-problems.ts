import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { type Path, type Problem, valueText } from '../problem.ts'
import { cloudsSchema } from './schema.ts'

/** The part of a schema that a message needs. */
interface Schema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly type?: string
  readonly enum?: readonly string[]
}

let isValid: ValidateFunction | undefined

/** Where a value does not match the schema. */
export function schemaProblems(value: unknown): Problem[] {
  isValid ??= new Ajv2020({ allErrors: true, verbose: true }).compile(cloudsSchema)
  if (isValid(value)) return []
  // the schema below an `if` reports the problem itself
  const errors = (isValid.errors ?? []).filter(({ keyword }) => keyword !== 'if')
  return errors.map(error => problemOf(error, pathOf(error, value)))
}

function problemOf(error: ErrorObject, path: Path): Problem {
  const { keyword, params, data } = error
  const schema = (error.parentSchema ?? {}) as Schema
  const subject = subjectOf(path)
  if (keyword === 'additionalProperties') {
    const key = String(params.additionalProperty)
    const known = Object.keys(schema.properties ?? {}).join(', ')
    return { path: [...path, key], isKey: true, message: `${valueText(key)} is not a key here: use one of ${known}` }
  }
  if (keyword === 'required') {
    const key = String(params.missingProperty)
    const description = schema.properties?.[key]?.description
    return { path, message: `${key} is missing${description === undefined ? '' : `: ${description}`}` }
  }
  const fault =
    keyword === 'uniqueItems' ? 'contains an item twice' : `is ${subject === 'secret' ? 'wrong' : valueText(data)}`
  return { path, message: `${subject} ${fault}: ${expectation(schema, keyword)}` }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text is expected',
  array: 'a list is expected, like [one, two]',
  object: 'keys with values are expected',
  integer: 'a whole number is expected',
}

function expectation(schema: Schema, keyword: string): string {
  const type = TYPES[schema.type ?? ''] ?? ''
  const choices = schema.enum && `${schema.enum.join(' or ')} is expected`
  const form = schema.description ?? choices ?? type
  return keyword === 'type' && type !== '' && form !== type ? `${type}; ${form}` : form
}

/** The key of the value, or of the list that contains it. */
function subjectOf(path: Path): string {
  const key = path.findLast(step => typeof step === 'string')
  return key === undefined ? 'the file' : String(key)
}

/** All steps of a JSON pointer are texts; the value shows which of them are indexes. */
function pathOf({ instancePath }: ErrorObject, value: unknown): Path {
  const steps = instancePath.split('/').slice(1)
  let inside: unknown = value
  return steps.map(step => {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    const isItem = Array.isArray(inside)
    inside = isItem ? (inside as unknown[])[Number(key)] : (inside as Record<string, unknown> | undefined)?.[key]
    return isItem ? Number(key) : key
  })
}
