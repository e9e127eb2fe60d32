import { expect, test } from 'vitest'
import { stallsIn } from '../../../bench/vserver/stalls.ts'

const MARKS = `target-killed 1000.000 1 0
target-moved 1100.000 1 0
container-killed 1200.000 1 5.000
container-moved 1305.500 2 -5.500
`

/** A record each second, but for the pauses. The clock of the other node is 5 s ahead, that of the node after its boot 0.5 s behind. */
function records(spans: readonly (readonly [start: number, from: number, to: number])[]): string {
  return spans
    .flatMap(([start, from, to]) => Array.from({ length: to - from }, (_, second) => `${start} ${from + second}.250`))
    .join('\n')
}

test('each interruption has the longest pause that follows it, across nodes with different clocks', () => {
  const written = records([
    ...([
      [1, 950, 1001],
      [1, 1061, 1101],
      [1, 1113, 1201],
      [2, 1275, 1306],
      [3, 1320, 1350],
    ] as const),
  ])
  expect(stallsIn(MARKS, written)).toEqual([
    { kind: 'target-killed', seconds: 61, starts: 0 },
    { kind: 'target-moved', seconds: 13, starts: 0 },
    { kind: 'container-killed', seconds: 70, starts: 1 },
    { kind: 'container-moved', seconds: 20.5, starts: 1 },
  ])
})

test('records are in the order of the starts, and one that was cut off is none', () => {
  const written = '10 1062.000\n10 1063.000\n2 1000.000\n2 1001.0\n9 1040.000\n'
  expect(stallsIn('target-killed 1000.000 2 0', written)).toEqual([{ kind: 'target-killed', seconds: 40, starts: 8 }])
})

test('a writer that has not gone on has no pause', () => {
  expect(stallsIn('target-killed 1000.000 1 0\ntarget-moved 1100.000 1 0\nnever\n', '')).toEqual([
    { kind: 'target-moved', seconds: undefined, starts: 0 },
  ])
})

test('marks and records that do not belong together are refused', () => {
  expect(() => stallsIn('target-killed 1000.000 1 0', '1 5.000\n')).toThrow('nothing is recorded after target-killed')
  expect(() => stallsIn('gone 1000.000 1 0', '')).toThrow('no mark: gone')
})
