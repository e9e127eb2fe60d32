import { notConfigured, OcfError } from './exit.ts'

/** A resource parameter: its meta-data, and the parser of its text. */
export interface Parameter<T> {
  readonly type: 'string' | 'integer' | 'boolean'
  readonly short: string
  readonly long: string
  readonly parse: (text: string) => T
  readonly required?: boolean
  /** Identifies the running resource: without it a stop cannot tell what to stop. Every required parameter identifies it. */
  readonly identifies?: boolean
  /** Two resources of this type may not share the value. */
  readonly unique?: boolean
  readonly default?: string
  /** The value is never shown, neither in a reason nor in a log. */
  readonly isSecret?: boolean
}

export type Parameters = Readonly<Record<string, Parameter<unknown>>>

type IsPresent<P> = P extends { readonly required: true } | { readonly default: string } ? true : false

/** The values of declared parameters; one without a default that is not required may be undefined. */
export type Values<P extends Parameters> = {
  readonly [K in keyof P]: IsPresent<P[K]> extends true
    ? ReturnType<P[K]['parse']>
    : ReturnType<P[K]['parse']> | undefined
}

export type ParameterEnvironment = Readonly<Record<string, string | undefined>>

/**
 * The values of all parameters, read from OCF_RESKEY_<name>; an empty text counts as not set, as in the stock agents.
 * @throws OcfError (6) that names the parameter, the value and the expected form.
 */
export function parseParameters<P extends Parameters>(declared: P, environment: ParameterEnvironment): Values<P> {
  const values = Object.entries(declared).map(([name, parameter]) => [name, parseOne(name, parameter, environment)])
  return Object.fromEntries(values)
}

/**
 * The values for a stop; a less strict agent may have accepted them at the start. A wrong value that does not identify the resource
 * counts as not set, and is reported as a fault. @throws OcfError (6) when an identifying value is wrong or missing.
 */
export function parseForStop<P extends Parameters>(
  declared: P,
  environment: ParameterEnvironment,
): { readonly values: Values<P>; readonly faults: readonly string[] } {
  const wrong = Object.entries(declared).flatMap(([name, parameter]) => {
    const fault = parameter.identifies ? undefined : faultOf(() => parseOne(name, parameter, environment))
    return fault === undefined ? [] : [{ name, fault }]
  })
  const unset = Object.fromEntries(wrong.map(({ name }) => [`OCF_RESKEY_${name}`, undefined]))
  return { values: parseParameters(declared, { ...environment, ...unset }), faults: wrong.map(({ fault }) => fault) }
}

function faultOf(parse: () => unknown): string | undefined {
  try {
    parse()
    return undefined
  } catch (error) {
    if (error instanceof OcfError) return error.message
    throw error
  }
}

function parseOne(name: string, parameter: Parameter<unknown>, environment: ParameterEnvironment): unknown {
  const text = environment[`OCF_RESKEY_${name}`] || parameter.default
  if (text === undefined) {
    if (parameter.required) throw notConfigured(`parameter ${name} is missing: ${parameter.short}`)
    return undefined
  }
  try {
    return parameter.parse(text)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    const got = parameter.isSecret ? `its ${text.length} characters are not shown` : `got ${quote(text)}`
    throw notConfigured(`parameter ${name}: ${cause.message}, ${got}`, { cause })
  }
}

/** The text in quotes, unprintable characters escaped, shortened to fit in a log line. */
export function quote(text: string): string {
  const escaped = (unprintable: string) =>
    [...unprintable].map(character => `\\u{${character.codePointAt(0)?.toString(16)}}`).join('')
  const quoted = JSON.stringify(text).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped)
  return quoted.length <= 120 ? quoted : `${quoted.slice(0, 100)}…" (${text.length} characters)`
}
