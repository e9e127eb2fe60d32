import { describe, expect, test } from 'vitest'
import { hangReason, iscsid, restartIscsid } from '../../../../system/iscsi/iscsid.ts'
import { addProcess, statText } from '../../../fake/proc/processes.ts'
import { type FakeSystem, fakeSystem } from '../../../fake/system.ts'
import { directory } from '../../../fake/tree.ts'

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

describe('an iscsid without a pid file', () => {
  const unix =
    'Num RefCount Protocol Flags Type St Inode Path\n0: 00000002 00000000 00010000 0001 01 77 @ISCSIADM_ABSTRACT_NAMESPACE\n'

  test('is the one that listens for iscsiadm, not the one that writes its log, or another with the socket', () => {
    const system = fakeSystem({ '/proc/net/unix': unix })
    addProcess(system, { pid: 1, name: 'systemd', files: ['socket:[77]'] })
    addProcess(system, { pid: 90, name: 'iscsid', files: ['socket:[12]'] })
    addProcess(system, { pid: 91, name: 'iscsid', files: ['/dev/null', 'socket:[77]'] })
    system.put('/proc/91/stat', statText({ pid: 91, name: 'iscsid' }, 'T'))
    expect(iscsid(system)).toEqual({ pid: 91, state: 'T' })
    system.put('/run/iscsid.pid', '4711\n')
    expect(iscsid(system)?.pid).toBe(91)
  })

  test('is found when its socket is not', () => {
    const system = fakeSystem()
    addProcess(system, { pid: 90, name: 'iscsid' })
    expect(iscsid(system)).toEqual({ pid: 90, state: 'S' })
  })
})

describe('a restart of a hung iscsid', () => {
  const { signal } = new AbortController()
  const restartsOf = (system: FakeSystem) => system.commands.filter(([tool]) => tool === 'systemctl').length

  function node() {
    const system = fakeSystem()
    system.put('/run', directory())
    system.put('/proc', directory())
    system.tools.set('systemctl', () => 0)
    return system
  }

  test('happens once for ten agents, although nothing shows the daemon', async () => {
    const system = node()
    await Promise.all(Array.from({ length: 10 }, () => restartIscsid(system, undefined, signal)))
    expect(restartsOf(system)).toBe(1)
    await system.sleep(5000)
    await restartIscsid(system, undefined, signal)
    expect(restartsOf(system)).toBe(1)
  })

  test('happens again when that had no effect', async () => {
    const system = node()
    await restartIscsid(system, undefined, signal)
    await system.sleep(11_000)
    await restartIscsid(system, undefined, signal)
    expect(restartsOf(system)).toBe(2)
  })

  test('that fails is not repeated by each agent', async () => {
    const system = node()
    system.tools.set('systemctl', () => 1)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => restartIscsid(system, undefined, signal)),
    )
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(restartsOf(system)).toBe(1)
  })
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
