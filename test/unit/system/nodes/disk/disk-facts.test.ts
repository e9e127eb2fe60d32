import { expect, test } from 'vitest'
import { parseDiskFacts } from '../../../../../system/nodes/disk/disk-facts.ts'

const FACTS = `disk /dev/sda
session session1
state LOGGED_IN
target iqn.2026-01.org.vhacs:lab:c0
portal 10.77.1.100 3260
sectors 131072
wwid naa.6001405aabbccdd
page 0x80 SLIO-ORG  c0  aabbccdd
page 0x83 36001405aabbccdd
mount 61 /dev/sda ext3 rw,noatime
`

test('facts are found by their names', () => {
  const facts = parseDiskFacts(FACTS)
  expect([facts.get('page 0x83'), facts.get('mount'), facts.get('portal')]).toEqual([
    '36001405aabbccdd',
    '61 /dev/sda ext3 rw,noatime',
    '10.77.1.100 3260',
  ])
})

test('a fact that a kernel does not show may be absent', () => {
  expect(parseDiskFacts(FACTS.replace('wwid naa.6001405aabbccdd', 'wwid ')).get('wwid')).toBe('')
})

test.each([
  ['state LOGGED_IN', 'state', 'no state of the disk is shown'],
  ['mount 61 /dev/sda ext3 rw,noatime', 'mount', 'no mount of the disk is shown'],
  ['session session1\n', '', 'no session of the disk is shown'],
])('what is needed for a comparison must be there: %j', (line, without, message) => {
  expect(() => parseDiskFacts(FACTS.replace(line, without))).toThrow(message)
})
