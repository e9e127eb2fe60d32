import { assert, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { resourceElements } from '../../../../cloud/compose/cib-xml.ts'
import { compose } from '../../../../cloud/compose/compose.ts'
import { intervalText } from '../../../../cloud/compose/monitor-interval.ts'
import { descendants } from '../../../../cloud/xml.ts'
import { c0 } from '../examples.ts'

interface Recurring {
  readonly id: string
  readonly milliseconds: number
  readonly role: string | undefined
}

/** The monitors of the cloud with that minor number, as they are in the CIB. */
function monitors(minor: number): Recurring[] {
  const operations = resourceElements(compose({ ...c0, minor })).flatMap(found => descendants(found, 'op'))
  return operations.flatMap(({ attributes: { id = '', name, interval = '', role } }) =>
    name === 'monitor' ? [{ id, milliseconds: Number(interval.replace(/ms$/, '')), role }] : [],
  )
}

const clouds = (count: number) => Array.from({ length: count }, (_, minor) => monitors(minor)).flat()

test('the interval is the one that the agents recommend, or up to 5 s longer; a promoted side has one of 9 to 10 s', () => {
  assert(
    property(integer({ min: 0, max: 2 ** 20 }), minor => {
      for (const { milliseconds, role } of monitors(minor)) {
        const [from, to] =
          role === undefined ? [20_000, 25_000] : role === 'Promoted' ? [9_000, 10_000] : [31_000, 36_000]
        expect(milliseconds).toBeGreaterThan(from)
        expect(milliseconds).toBeLessThan(to)
      }
    }),
  )
})

test('the two monitors of a promotable resource differ: otherwise Pacemaker would run only one', () => {
  assert(
    property(integer({ min: 0, max: 2 ** 20 }), minor => {
      const [promoted, unpromoted] = monitors(minor).filter(({ role }) => role !== undefined)
      expect(promoted?.milliseconds).not.toBe(unpromoted?.milliseconds)
    }),
  )
})

test('no two monitors of 832 clouds have the same interval, except those of two roles of one DRBD', () => {
  const ofOneRole = clouds(832).filter(({ role }) => role !== 'Promoted' && role !== 'Unpromoted')
  const intervals = new Set(ofOneRole.map(({ milliseconds }) => milliseconds))

  expect(ofOneRole).toHaveLength(832 * 5)
  expect(intervals.size).toBe(832 * 5)
})

test('no two promoted sides of 832 clouds have the same interval', () => {
  const promoted = clouds(832).filter(({ role }) => role === 'Promoted')
  expect(new Set(promoted.map(({ milliseconds }) => milliseconds)).size).toBe(832)
})

test('no interval is in whole seconds', () => {
  expect(clouds(832).filter(({ milliseconds }) => milliseconds % 1000 === 0)).toEqual([])
})

/** How many monitors start in each second after all have started at once and each takes `durationMs`. */
function startsPerSecond(intervals: readonly number[], durationMs: number, seconds: number): number[] {
  const starts = Array.from({ length: seconds }, () => 0)
  for (const interval of intervals)
    for (let start = 0; start < seconds * 1000; start += interval + durationMs) {
      const second = Math.floor(start / 1000)
      starts[second] = (starts[second] ?? 0) + 1
    }
  return starts
}

test('the targets of 128 clouds that start in one second are never again monitored in one second', () => {
  const targets = clouds(128).filter(({ id }) => id.includes('target'))
  const starts = startsPerSecond(
    targets.map(({ milliseconds }) => milliseconds),
    60,
    600,
  )

  expect(starts[0]).toBe(128)
  expect(Math.max(...starts.slice(1, 60))).toBeLessThanOrEqual(32)
  // evenly they would be 5.7 a second
  expect(Math.max(...starts.slice(60))).toBeLessThanOrEqual(12)
})

test('with one interval for all, they would be for ever', () => {
  const starts = startsPerSecond(
    clouds(128).flatMap(({ id }) => (id.includes('target') ? [20_000] : [])),
    60,
    600,
  )

  expect(Math.max(...starts.slice(60))).toBe(128)
})

test.each([
  [0, '0s'],
  [20_000, '20s'],
  [20_173, '20173ms'],
])('%s ms is printed as %s', (milliseconds, text) => {
  expect(intervalText(milliseconds)).toBe(text)
})
