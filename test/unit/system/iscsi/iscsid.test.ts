import { describe, expect, test } from 'vitest'
import { hangReason, iscsid, restartIscsid } from '../../../../system/iscsi/iscsid.ts'
import { addProcess, statText } from '../../../fake/proc/processes.ts'
import { type FakeSystem, fakeSystem } from '../../../fake/system.ts'
import { directory, errno } from '../../../fake/tree.ts'

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
  // Debian 12: systemd opens the socket for iscsiadm (70), and passes it to both processes
  const netlink = `sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
000000004e92c0bd 8   91         00000001 0        0        0     2        0        77
00000000fa37567c 8   0          00000000 0        0        0     2        0        24010
00000000c0a1e2d4 0   91         00000000 0        0        0     2        0        71
`

  test('is the process that talks to the kernel, not the one that writes its log', () => {
    const system = fakeSystem({ '/proc/net/netlink': netlink })
    addProcess(system, { pid: 1, name: 'systemd', files: ['socket:[70]'] })
    addProcess(system, { pid: 90, name: 'iscsid', files: ['socket:[70]', 'socket:[71]'] })
    addProcess(system, { pid: 91, name: 'iscsid', files: ['/dev/null', 'socket:[70]', 'socket:[77]'] })
    system.put('/proc/91/stat', statText({ pid: 91, name: 'iscsid' }, 'T'))
    expect(iscsid(system)).toEqual({ pid: 91, state: 'T' })
    system.put('/run/iscsid.pid', '4711\n')
    expect(iscsid(system)?.pid).toBe(91)
  })

  test('is found even if its socket for the kernel is not', () => {
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

  test('happens again if it had no effect', async () => {
    const system = node()
    await restartIscsid(system, undefined, signal)
    await system.sleep(11_000)
    await restartIscsid(system, undefined, signal)
    expect(restartsOf(system)).toBe(2)
  })

  test('happens although nothing can be written', async () => {
    const system = node()
    system.makeDirectory = path => Promise.reject(errno('ENOSPC', 'mkdir', path))
    await restartIscsid(system, undefined, signal)
    expect(restartsOf(system)).toBe(1)
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
])('the reason why an iscsid in state %s does not respond', (state, reason) => {
  expect(hangReason({ pid: 100, state })).toBe(reason)
})

test('an iscsid that is not running does not hang', () => {
  expect(hangReason(undefined)).toBeUndefined()
})
