import { expect, test } from 'vitest'
import { columnsOf, histogram } from '../../../bench/histogram.ts'

test('pauses are counted in columns, from the shortest to the longest', () => {
  expect(columnsOf([1.2, 1.9, 4, 61, 400])).toMatchObject([
    ...[{ from: 1, below: 2, count: 2 }, { from: 2, below: 5, count: 1 }, { from: 5, count: 0 }, { from: 10 }],
    ...[{ from: 15 }, { from: 20 }, { from: 30 }, { from: 40 }, { from: 50 }, { from: 60, below: 70, count: 1 }],
    ...[{ from: 70 }, { from: 80 }, { from: 90 }, { from: 100 }, { from: 120 }, { from: 150 }, { from: 180 }],
    ...[
      { from: 240, count: 0 },
      { from: 300, below: Infinity, count: 1 },
    ],
  ])
})

test('the picture says in words what it shows', () => {
  const picture = histogram('Pauses', [{ label: '', series: [{ name: 'writers', pauses: [0.2, 0.3, 75] }] }])
  expect(picture).toContain('writers: 0 to 0.5 s: 2; 70 to 80 s: 1<')
})

test('series are beside each other in panels with the same columns', () => {
  const picture = histogram('Pauses', [
    { label: 'killed', series: [...series([61, 62], [130])] },
    { label: 'moved', series: [...series([12], [])] },
  ])
  expect(picture).toContain(
    'killed, ours: 60 to 70 s: 2. killed, stock: 120 to 150 s: 1. moved, ours: 10 to 15 s: 1. moved, stock: none',
  )
  const bars = [...picture.matchAll(/<rect [^>]*x="(\d+)"[^>]*class="(wait|quiet)"/g)].map(([, x, name]) => [x, name])
  // two bars, the one of the other panel, and the legend
  expect(bars.map(([, name]) => name)).toEqual(['wait', 'quiet', 'wait', 'wait', 'quiet'])
})

function series(ours: readonly number[], stock: readonly number[]) {
  return [
    { name: 'ours', pauses: ours },
    { name: 'stock', pauses: stock },
  ]
}
