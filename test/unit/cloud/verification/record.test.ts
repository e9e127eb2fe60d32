import { expect, test } from 'vitest'
import {
  lastVerification,
  parseVerification,
  type Verification,
  verificationText,
} from '../../../../cloud/verification/record.ts'

const AT = '2026-11-29T03:13:04Z'

test.each<[Verification, string]>([
  [{ at: AT, outcome: 'equal', differentBytes: 0, seconds: 12 }, `${AT} equal 0 12`],
  [{ at: AT, outcome: 'equalised', differentBytes: 8192, seconds: 1 }, `${AT} equalised 8192 1`],
  [{ at: AT, outcome: 'different', differentBytes: 2 ** 45, seconds: 86_400 }, `${AT} different 35184372088832 86400`],
  [{ at: AT, outcome: 'repaired', differentBytes: 4096, seconds: 1 }, `${AT} repaired 4096 1`],
])('a result is read as it was written: %j', (result, text) => {
  expect(verificationText(result)).toBe(text)
  expect(parseVerification(text)).toEqual(result)
})

test.each([
  '',
  `${AT} equal 0`,
  `${AT} equal -1 12`,
  `${AT} alike 0 12`,
  `${AT} equal 0 12 more`,
  '2026-13-45T99:99:99Z equal 0 12',
  'yesterday equal 0 12',
])('%j is no result', text => {
  expect(() => parseVerification(text)).toThrow(RangeError)
})

test('of a cloud, the latest result counts, and one of another form counts as none', () => {
  const on = (name: string, text: string) => ({ name, attributes: { 'vhacs-verification-c0': text } })
  const nodes = [
    on('node1', `${AT} equal 0 12`),
    on('node2', '2026-12-01T03:00:00Z equal 0 9'),
    on('node3', 'nonsense'),
  ]
  expect(lastVerification('c0', nodes)?.at).toBe('2026-12-01T03:00:00Z')
  expect(lastVerification('c0', nodes.slice(2))).toBeUndefined()
  expect(lastVerification('c', nodes)).toBeUndefined()
})
