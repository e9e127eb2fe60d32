import { expect, test } from 'vitest'
import { columnsOf, histogram } from '../../faults/histogram.ts'

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
  expect(histogram([0.2, 0.3, 75])).toContain('0 to 0.5 s: 2')
})
