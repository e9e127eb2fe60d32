import { describe, expect, test } from 'vitest'
import { lastRehearsal, parseRehearsal, type Rehearsal, rehearsalText } from '../../../../cloud/rehearsal/record.ts'

const passed: Rehearsal = { at: '2026-11-29T02:13:04Z', node: 'node2', pauseSeconds: [1.4, 12], reason: undefined }
const failed: Rehearsal = { ...passed, pauseSeconds: undefined, reason: 'start of c0-target failed there: "x" & y' }

test.each([
  [passed, '2026-11-29T02:13:04Z passed node2 1.4 12.0'],
  [failed, '2026-11-29T02:13:04Z failed node2 start of c0-target failed there: "x" & y'],
])('a result is read as it was written', (result, text) => {
  expect(rehearsalText(result)).toBe(text)
  expect(parseRehearsal(text)).toEqual(result)
})

test('a long reason is shortened', () => {
  const text = rehearsalText({ ...failed, reason: 'x'.repeat(10_000) })
  expect(text.length).toBeLessThan(600)
  expect(parseRehearsal(text).reason).toMatch(/^x{500}…$/)
})

test.each([
  '',
  'yesterday passed node2 1.4 1.2',
  '2026-13-45T99:99:99Z passed node2 1.4 1.2',
  '2026-11-29T02:13:04Z passed node2 1.4',
  '2026-11-29T02:13:04Z passed node2 -1.4 1.2',
  '2026-11-29T02:13:04Z passed --node 1.4 1.2',
  '2026-11-29T02:13:04Z failed node2 ',
  '2026-11-29T02:13:04Z failed node2 two\nlines',
  '2026-11-29T02:13:04Z skipped node2 why',
])('%j is no result', text => {
  expect(() => parseRehearsal(text)).toThrow(RangeError)
})

describe('of a cloud', () => {
  const on = (name: string, text: string) => ({ name, attributes: { 'vhacs-rehearsal-c0': text } })

  test('the latest result counts, and one of another form counts as none', () => {
    const nodes = [
      on('node1', rehearsalText(failed)),
      on('node2', rehearsalText({ ...passed, at: '2026-12-01T02:00:00Z' })),
      on('node3', 'nonsense'),
    ]
    expect(lastRehearsal('c0', nodes)?.at).toBe('2026-12-01T02:00:00Z')
    expect(lastRehearsal('c0', nodes.slice(2))).toBeUndefined()
    expect(lastRehearsal('c', nodes)).toBeUndefined()
  })
})
