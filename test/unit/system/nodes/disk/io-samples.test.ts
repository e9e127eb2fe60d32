import { describe, expect, test } from 'vitest'
import { parseIoWatch } from '../../../../../system/nodes/disk/io-samples.ts'

/** A watch of a move: the session is lost for 1.2 s, and the last read before it ended 0.2 s earlier. */
const MOVE = `5021.10 LOGGED_IN up running 100
5021.21 LOGGED_IN up running 101
5021.33 LOGGED_IN up running 102
5021.44 FAILED down blocked 102
5022.10 FAILED down transport-offline 102
5022.60 LOGGED_IN up running 102
5022.71 LOGGED_IN up running 104
5022.80 LOGGED_IN up running 105
5022.90 end
`

test('the pause is the longest time without a completion', () => {
  const { pauseSeconds, errors } = parseIoWatch(MOVE)
  expect(pauseSeconds).toBeCloseTo(1.38, 5)
  expect(errors).toBe(0)
})

test('the states are shown with the time since the begin', () => {
  const { changes } = parseIoWatch(MOVE)
  expect(changes.map(({ afterSeconds, ...state }) => [afterSeconds.toFixed(2), ...Object.values(state)])).toEqual([
    ['0.00', 'LOGGED_IN', 'up', 'running'],
    ['0.34', 'FAILED', 'down', 'blocked'],
    ['1.00', 'FAILED', 'down', 'transport-offline'],
    ['1.50', 'LOGGED_IN', 'up', 'running'],
  ])
})

describe('the pause', () => {
  test.each([
    ['lasts to the end if nothing is completed any more', '1.00 FAILED down blocked 7\n9.00 end\n', 8],
    ['is not ended by a disk that is gone', '1.00 A up running 7\n2.00 gone unknown gone 0\n9.00 end\n', 8],
    [
      'is ended by the first I/O of a disk whose counters began anew',
      '1.00 A up running 7\n2.00 gone unknown gone 0\n4.00 A up running 1\n4.50 end\n',
      3,
    ],
    ['is short when nothing happens', '1.00 A up running 7\n1.10 A up running 8\n1.20 end\n', 0.1],
  ])('%s', (_, text, pause) => {
    expect(parseIoWatch(text).pauseSeconds).toBeCloseTo(pause, 5)
  })
})

test('reads that failed are counted', () => {
  expect(parseIoWatch('1.00 A up running 7\n1.05 error\n1.10 error\n1.20 end\n').errors).toBe(2)
})

test.each([
  ['an empty text', ''],
  ['a watch without its end', MOVE.replace('5022.90 end\n', '')],
  ['a watch that is cut off in a line', MOVE.slice(0, 40)],
  ['a greeting of a login shell', `Welcome to node2\n${MOVE}`],
  ['a watch without a sample', '1.00 end\n'],
])('%s is no result', (_, text) => {
  expect(() => parseIoWatch(text)).toThrow(/^expected the watch of a disk, to its end, got "/)
})
