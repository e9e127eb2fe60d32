import { visibleText } from '../../system/visible-text.ts'
import { METRICS, type MetricName, PREFIX, type Sample } from './definitions.ts'

/** The media type of the text. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * The lines of samples in Prometheus' text format, grouped by metric, in the order of the table. Of several with the same labels, such
 * as two sessions with one portal, the first counts: Prometheus would reject the whole text.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function exposition(samples: readonly Sample[]): string[] {
  const byName = Map.groupBy(samples, ({ name }) => name)
  return namesOf(METRICS).flatMap(name => {
    const found = new Map((byName.get(name) ?? []).map(one => [labelText(one), one.value] as const).toReversed())
    const { type, help } = METRICS[name]
    const metric = PREFIX + name
    const head = [`# HELP ${metric} ${help}`, `# TYPE ${metric} ${type}`]
    return found.size === 0
      ? []
      : [...head, ...[...found].toReversed().map(([labels, value]) => `${metric}${labels} ${value}`)]
  })
}

function namesOf(metrics: typeof METRICS): MetricName[] {
  return Object.keys(metrics) as MetricName[]
}

function labelText({ labels }: Sample): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** A control character, or a byte that is not of UTF-8, would make Prometheus reject the whole text. */
function escaped(value: string): string {
  return visibleText(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')
}
