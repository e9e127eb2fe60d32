import { describe, expect, test } from 'vitest'
import { grown, parseUsage, type Usage } from '../../faults/usage.ts'

const series = (what: string, ...counts: readonly number[]): Usage[] => counts.map(count => new Map([[what, count]]))

test('a count is a line', () => {
  expect([...parseUsage('files in /run/vhacs: 12\nKiB of iscsid: 5120\n')]).toEqual([
    ['files in /run/vhacs', 12],
    ['KiB of iscsid', 5120],
  ])
})

test.each(['', 'iscsid', 'files: many', 'find: no such directory'])('%j is no count', line => {
  expect(() => parseUsage(line)).toThrow(RangeError)
})

describe('what has grown', () => {
  test('is named with both counts', () => {
    expect(grown(series('node records', 10, 20, 40, 60, 80, 100, 120, 140))).toEqual([
      'node records: 20 at first, 120 at last',
    ])
  })

  test.each<[string, Usage[]]>([
    ['little', series('node records', 10, 10, 12, 14, 14, 16, 18, 20)],
    ['for a while', series('node records', 10, 10, 200, 200, 200, 200, 200, 12)],
    ['memory within caches', series('KiB of corosync', 40_000, 40_000, 60_000, 60_000, 65_000, 65_000, 66_000, 66_000)],
    ['in a short run', series('node records', 1, 100, 1000)],
  ])('is not what grows %s', (_, samples) => {
    expect(grown(samples)).toEqual([])
  })
})
