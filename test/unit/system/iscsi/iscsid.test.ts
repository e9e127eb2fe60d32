import { expect, test } from 'vitest'
import { hangReason, iscsid } from '../../../../system/iscsi/iscsid.ts'
import { statText } from '../../../fake/proc/processes.ts'
import { fakeSystem } from '../../../fake/system.ts'

const stat = (name: string, state: string) => statText({ pid: 100, name }, state)

test.each([
  ['runs', '100\n', stat('iscsid', 'S'), { pid: 100, state: 'S' }],
  ['was stopped', '100\n', stat('iscsid', 'T'), { pid: 100, state: 'T' }],
  ['has ended, and another process has its number', '100\n', stat('sshd', 'S'), undefined],
  ['has ended', '100\n', undefined, undefined],
  ['has a pid file without a number', '\n', undefined, undefined],
  ['was never started', undefined, undefined, undefined],
])('an iscsid that %s', (_, pidFile, text, daemon) => {
  const system = fakeSystem()
  if (pidFile !== undefined) system.put('/run/iscsid.pid', pidFile)
  if (text !== undefined) system.put('/proc/100/stat', text)
  expect(iscsid(system)).toEqual(daemon)
})

test.each([
  ['S', undefined],
  ['T', 'iscsid (pid 100) was stopped by a signal'],
  ['D', 'iscsid (pid 100) hangs in the kernel'],
])('why an iscsid in state %s does not respond', (state, reason) => {
  expect(hangReason({ pid: 100, state })).toBe(reason)
})

test('an iscsid that is not running does not hang', () => {
  expect(hangReason(undefined)).toBeUndefined()
})
