import { expect, test } from 'vitest'
import { diskOf, sessions } from '../../../../system/iscsi/sessions.ts'
import type { FakeTarget } from '../../../fake/iscsi/iscsi-sessions.ts'
import { openIscsi } from '../../../fake/iscsi/open-iscsi.ts'
import { fakeSystem } from '../../../fake/system.ts'
import { directory } from '../../../fake/tree.ts'

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
  const other = initiator.logIn(target({ portal: '[2001:db8::10]:3261' }), { interfaceName: 'iface0', recovery: 'off' })
  initiator.setState(other, 'FAILED', 'blocked')
  expect(sessions(system)).toEqual([
    {
      name: 'session1',
      target: IQN,
      portal: '192.0.2.10:3260',
      interfaceName: 'default',
      state: 'LOGGED_IN',
      recoverySeconds: 120,
    },
    {
      name: 'session2',
      target: IQN,
      portal: '[2001:db8::10]:3261',
      interfaceName: 'iface0',
      state: 'FAILED',
      recoverySeconds: undefined,
    },
  ])
})

test('a session that is being created or removed is left out', () => {
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
  expect(diskOf(system, 'session1', 1)).toMatchObject({ name: 'sda1', state: 'running' })
  expect(diskOf(system, 'session1', 10)).toMatchObject({ name: 'sda10', state: 'running' })
  expect(diskOf(system, 'session1', 2)).toBeUndefined()
  expect(diskOf(system, 'session9', 0)).toBeUndefined()
})
