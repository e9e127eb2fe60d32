import { expect } from 'vitest'
import type { System } from '../../../../system/system.ts'
import { type Result, runWords } from '../call.ts'
import { parseExposition, type Series } from './exposition-parser.ts'

/** The result of `vhacs metrics`, whose output must be in the format whatever happens. */
export async function readMetrics(system: System): Promise<Result & { readonly series: readonly Series[] }> {
  const result = await runWords(system, ['metrics'])
  return { ...result, series: parseExposition(result.stdout) }
}

/** The values of a metric as `labels value`, in their order: `c0 primary 1`. */
export function valuesOf(series: readonly Series[], name: string): string[] {
  return series
    .filter(one => one.name === `vhacs_${name}`)
    .map(({ labels, value }) => [...Object.values(labels), value].join(' '))
}

/** The parts that could not be read completely. */
export function brokenParts(series: readonly Series[]): string[] {
  const parts = series.filter(({ name }) => name === 'vhacs_scrape_success')
  expect(parts.map(({ labels }) => labels.part)).toEqual(
    'cib pacemaker volume drbd target session filesystem container'.split(' '),
  )
  return parts.flatMap(({ labels, value }) => (value === 1 ? [] : [labels.part ?? '']))
}
