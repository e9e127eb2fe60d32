import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { type Path, type Problem, valueText } from '../problem.ts'
import { cloudsSchema } from './schema.ts'

/** The part of a schema that a message needs. */
interface Schema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly type?: string
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
}

let isValid: ValidateFunction | undefined

/** The places where a value does not match the schema. */
export function schemaProblems(value: unknown): Problem[] {
  isValid ??= new Ajv2020({ allErrors: true, verbose: true, allowUnionTypes: true }).compile(cloudsSchema)
  if (isValid(value)) return []
  // the schema below an `if` reports the problem itself
  const errors = (isValid.errors ?? []).filter(({ keyword }) => keyword !== 'if')
  return onePerValue(errors.map(error => problemOf(error, pathOf(error, value))))
}

/** A value may break several rules, such as a list that is too long and has an item twice. */
function onePerValue(problems: readonly ValueProblem[]): Problem[] {
  const values = new Set<string>()
  return problems.flatMap(({ isOfValue, ...problem }) => {
    const value = JSON.stringify(problem.path)
    if (isOfValue && values.has(value)) return []
    if (isOfValue) values.add(value)
    return [problem]
  })
}

/** A problem of a value itself, or of a key in it. */
type ValueProblem = Problem & { readonly isOfValue: boolean }

function problemOf(error: ErrorObject, path: Path): ValueProblem {
  const { keyword, params, data } = error
  const schema = (error.parentSchema ?? {}) as Schema
  const subject = subjectOf(path)
  if (keyword === 'additionalProperties') {
    const key = String(params.additionalProperty)
    const known = Object.keys(schema.properties ?? {}).join(', ')
    const message = `${valueText(key)} is not a key here: use one of ${known}`
    return { path: [...path, key], isKey: true, message, isOfValue: false }
  }
  if (keyword === 'required') {
    const key = String(params.missingProperty)
    const description = schema.properties?.[key]?.description
    const message = `${key} is missing${description === undefined ? '' : `: ${description}`}`
    return { path, message, isOfValue: false }
  }
  const fault =
    keyword === 'uniqueItems' ? 'contains an item twice' : `is ${subject === 'secret' ? 'wrong' : valueText(data)}`
  return { path, message: `${subject} ${fault}: ${expectation(path, schema, keyword)}`, isOfValue: true }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text is expected',
  array: 'a list is expected, like [one, two]',
  object: 'keys with values are expected',
  integer: 'a whole number is expected',
}

/** The expectations for a cloud's keys that take a word or something else. */
const ALTERNATIVES: Readonly<Record<string, string>> = {
  storage: '"choose" or a list of two or three nodes is expected, like [alpha, beta]',
  chap: '"none" or a mapping with user and secret is expected',
}

function expectation(path: Path, schema: Schema, keyword: string): string {
  const { minimum, maximum } = schema
  if (schema.enum) return `${schema.enum.join(' or ')} is expected`
  if (minimum !== undefined && maximum !== undefined) return `a whole number from ${minimum} to ${maximum} is expected`
  const [list, , key] = path
  const alternatives = list === 'clouds' && path.length === 3 ? ALTERNATIVES[key ?? ''] : undefined
  if (alternatives !== undefined) return alternatives
  const type = TYPES[schema.type ?? ''] ?? ''
  const form = schema.description ?? type
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
