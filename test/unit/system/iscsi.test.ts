import { expect, test } from 'vitest'
import { diskOf, hasRecord, sessions } from '../../../system/iscsi.ts'
import { type FakeTarget, openIscsi } from '../../fake/open-iscsi.ts'
import { fakeSystem } from '../../fake/system.ts'
import { directory } from '../../fake/tree.ts'

const IQN = 'iqn.2026-01.org.example:c0'
const target = (parts: Partial<FakeTarget> = {}): FakeTarget => ({
  iqn: IQN,
  portal: '192.0.2.10:3260',
  luns: [0],
  answer: 'accepts',
  ...parts,
})

test('a node without an initiator has no sessions', () => {
  expect(sessions(fakeSystem())).toEqual([])
})

test('a session has its target, portal and state', () => {
  const system = fakeSystem()
  const initiator = openIscsi(system, [])
  initiator.logIn(target())
  initiator.setState(initiator.logIn(target({ portal: '[2001:db8::10]:3261' })), 'FAILED', 'blocked')
  expect(sessions(system)).toEqual([
    { name: 'session1', target: IQN, portal: '192.0.2.10:3260', state: 'LOGGED_IN' },
    { name: 'session2', target: IQN, portal: '[2001:db8::10]:3261', state: 'FAILED' },
  ])
})

test('a session that is just being made or torn down is none', () => {
  const system = fakeSystem()
  const { logIn } = openIscsi(system, [])
  logIn(target())
  system.put('/sys/class/iscsi_session/session2/state', 'FREE\n')
  system.put('/sys/class/iscsi_session/session3', directory())
  system.take('/sys/class/iscsi_connection/connection1:0/persistent_address')
  expect(sessions(system)).toEqual([])
})

test('a LUN has its own disk', () => {
  const system = fakeSystem()
  openIscsi(system, []).logIn(target({ luns: [0, 1, 10] }))
  expect(diskOf(system, 'session1', 1)).toEqual({ name: 'sda1', state: 'running' })
  expect(diskOf(system, 'session1', 10)).toEqual({ name: 'sda10', state: 'running' })
  expect(diskOf(system, 'session1', 2)).toBeUndefined()
  expect(diskOf(system, 'session9', 0)).toBeUndefined()
})

test.each([
  ['/etc/iscsi/nodes', '192.0.2.10,3260', '192.0.2.10:3260', true],
  ['/etc/iscsi/nodes', '192.0.2.10,3260,1/default', '192.0.2.10:3260', true],
  ['/var/lib/iscsi/nodes', '2001:db8::10,3260,1/default', '[2001:db8::10]:3260', true],
  ['/etc/iscsi/nodes', '192.0.2.10,32601', '192.0.2.10:3260', false],
  ['/etc/iscsi/nodes', '192.0.2.100,3260', '192.0.2.10:3260', false],
])('a record in %s of %s is one for %s: %j', (folder, name, portal, expected) => {
  expect(hasRecord(fakeSystem({ [`${folder}/${IQN}/${name}`]: '' }), IQN, portal)).toBe(expected)
})

test('a record of another target is none for this', () => {
  expect(hasRecord(fakeSystem({ [`/etc/iscsi/nodes/${IQN}0/192.0.2.10,3260`]: '' }), IQN, '192.0.2.10:3260')).toBe(
    false,
  )
})
