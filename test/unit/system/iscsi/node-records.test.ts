import { expect, test } from 'vitest'
import { hasRecord, withSettings } from '../../../../system/iscsi/node-records.ts'
import { fakeSystem } from '../../../fake/system.ts'

const IQN = 'iqn.2026-01.org.example:c0'

test.each([
  ['/etc/iscsi/nodes', '192.0.2.10,3260', '192.0.2.10:3260', true],
  ['/etc/iscsi/nodes', '192.0.2.10,3260,1/default', '192.0.2.10:3260', true],
  ['/var/lib/iscsi/nodes', '2001:db8::10,3260,1/default', '[2001:db8::10]:3260', true],
  ['/etc/iscsi/nodes', '192.0.2.10,32601', '192.0.2.10:3260', false],
  ['/etc/iscsi/nodes', '192.0.2.100,3260', '192.0.2.10:3260', false],
])('a record in %s of %s is one for %s: %j', (folder, name, portal, expected) => {
  expect(hasRecord(fakeSystem({ [`${folder}/${IQN}/${name}`]: '' }), IQN, portal)).toBe(expected)
})

test('a record of another target does not count', () => {
  expect(hasRecord(fakeSystem({ [`/etc/iscsi/nodes/${IQN}0/192.0.2.10,3260`]: '' }), IQN, '192.0.2.10:3260')).toBe(
    false,
  )
})

test('a record of another interface does not count', () => {
  const path = `/etc/iscsi/nodes/${IQN}/192.0.2.10,3260,1/iface0`
  expect(hasRecord(fakeSystem({ [path]: '' }), IQN, '192.0.2.10:3260')).toBe(false)
})

test('settings replace only those of the same name; undefined removes one', () => {
  const text =
    '# BEGIN RECORD 2.1.8\nnode.name = x\nnode.startup = automatic\nnode.startup2 = y\nnode.gone=z\n# END RECORD\n'
  expect(withSettings(text, { 'node.startup': 'manual', 'node.gone': undefined, 'node.new': 'a = b' })).toBe(
    '# BEGIN RECORD\nnode.name = x\nnode.startup2 = y\nnode.startup = manual\nnode.new = a = b\n# END RECORD\n',
  )
})
