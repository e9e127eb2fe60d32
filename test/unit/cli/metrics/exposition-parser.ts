/*
 * A strict reader of Prometheus' text format 0.0.4, as its own parser and the linter of promtool read it. It knows nothing of how the
 * text was made.
 */

/** A time series. */
export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const HELP = new RegExp(`^# HELP (${NAME}) (\\S.*)$`)
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`)
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`)
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/
const NUMBER = /^(?:[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?|NaN|[-+]Inf)$/

/** A metric whose lines are being read. */
interface Metric {
  readonly name: string
  readonly type?: string
  samples: number
}

/** @throws Error with the line that is not in the format, or not where it should be. */
export function parseExposition(lines: readonly string[]): Series[] {
  const series: Series[] = []
  const finished = new Set<string>()
  let current: Metric | undefined
  for (const line of lines) {
    const begun = headOf(line, current, finished)
    if (begun === undefined) series.push(sampleIn(line, current))
    else current = begun
  }
  const keys = series.map(({ name, labels }) => `${name}${JSON.stringify(Object.entries(labels).sort())}`)
  const known = new Set<string>()
  for (const key of keys) {
    if (known.has(key)) refuse(key, 'a time series twice')
    known.add(key)
  }
  return series
}

function refuse(line: string, why: string): never {
  throw new Error(`${why}: ${JSON.stringify(line)}`)
}

/** The metric that a line of help begins, or whose type it has; undefined for any other line. */
function headOf(line: string, current: Metric | undefined, finished: Set<string>): Metric | undefined {
  const [, helped] = HELP.exec(line) ?? []
  if (helped !== undefined) {
    if (current?.samples === 0) refuse(line, 'a metric without samples precedes')
    if (finished.has(helped)) refuse(line, 'a metric in two places')
    finished.add(helped)
    return { name: helped, samples: 0 }
  }
  const [, name, type] = TYPE.exec(line) ?? []
  if (name === undefined || type === undefined) return undefined
  if (current?.name !== name || current.type !== undefined) refuse(line, 'a type without help')
  if (name.endsWith('_total') !== (type === 'counter')) refuse(line, 'counters, and no others, end in _total')
  return { name, type, samples: 0 }
}

function sampleIn(line: string, current: Metric | undefined): Series {
  const [, name, labels = '', value = ''] = SAMPLE.exec(line) ?? []
  if (name === undefined) return refuse(line, 'not in the format')
  if (current?.type === undefined || current.name !== name) return refuse(line, 'a sample without type')
  if (!NUMBER.test(value)) refuse(line, 'not a number')
  current.samples += 1
  return { name, labels: labelsIn(labels, line), value: Number(value) }
}

function labelsIn(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {}
  for (let rest = text; rest !== ''; ) {
    const [whole, name, value, separator] = LABEL.exec(rest) ?? []
    if (whole === undefined || name === undefined || name in labels)
      throw new Error(`not a label: ${JSON.stringify(line)}`)
    labels[name] = (value ?? '').replace(/\\([\\"n])/g, (_, one: string) => (one === 'n' ? '\n' : one))
    rest = rest.slice(whole.length)
    if (separator === ',' && rest === '') throw new Error(`a comma too many: ${JSON.stringify(line)}`)
  }
  return labels
}
