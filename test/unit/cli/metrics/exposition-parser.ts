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

/** @throws Error with the line that is not in the format, or not where it should be. */
export function parseExposition(lines: readonly string[]): Series[] {
  const series: Series[] = []
  const finished = new Set<string>()
  let current: { name: string; type?: string; samples: number } | undefined
  const refuse = (line: string, why: string): never => {
    throw new Error(`${why}: ${JSON.stringify(line)}`)
  }
  for (const line of lines) {
    const [, helped] = HELP.exec(line) ?? []
    const [, typed, type] = TYPE.exec(line) ?? []
    const [, name, labels = '', value = ''] = SAMPLE.exec(line) ?? []
    if (helped !== undefined) {
      if (current?.samples === 0) refuse(line, 'a metric without samples precedes')
      if (finished.has(helped)) refuse(line, 'a metric in two places')
      finished.add(helped)
      current = { name: helped, samples: 0 }
    } else if (typed !== undefined && type !== undefined) {
      if (current?.name !== typed || current.type !== undefined) refuse(line, 'a type without help')
      current = { name: typed, type, samples: 0 }
      if (typed.endsWith('_total') !== (type === 'counter')) refuse(line, 'counters, and no others, end in _total')
    } else if (name !== undefined) {
      if (current?.name !== name || current.type === undefined) refuse(line, 'a sample without type')
      if (!NUMBER.test(value)) refuse(line, 'not a number')
      if (current) current.samples += 1
      series.push({ name, labels: labelsIn(labels, line), value: Number(value) })
    } else refuse(line, 'not in the format')
  }
  const keys = series.map(({ name, labels }) => `${name}${JSON.stringify(Object.entries(labels).sort())}`)
  const repeated = keys.find((key, index) => keys.indexOf(key) !== index)
  if (repeated !== undefined) refuse(repeated, 'a time series twice')
  return series
}

function labelsIn(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {}
  for (let rest = text; rest !== ''; ) {
    const [whole, name, value, separator] = LABEL.exec(rest) ?? []
    if (whole === undefined || name === undefined || name in labels) throw new Error(`not a label: ${JSON.stringify(line)}`)
    labels[name] = (value ?? '').replace(/\\([\\"n])/g, (_, one: string) => (one === 'n' ? '\n' : one))
    rest = rest.slice(whole.length)
    if (separator === ',' && rest === '') throw new Error(`a comma too many: ${JSON.stringify(line)}`)
  }
  return labels
}
