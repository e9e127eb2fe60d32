import { expect, test } from 'vitest'
import { parseSbdHeader } from '../../../../cli/cluster/examine/fencing/sbd-header.ts'
import { withSettings } from '../../../../cli/cluster/init/steps/sbd-settings.ts'
import { withoutUsageCount } from '../../../../cli/cluster/init/steps/settings.ts'
import { corosyncConf, parseCorosyncConf } from '../../../../system/corosync/conf/corosync-conf.ts'

test('a corosync.conf is read back as it was written', () => {
  const members = ['alpha', 'beta', 'gamma'].map((name, index) => ({
    name,
    id: index + 1,
    addresses: [`192.0.2.${index + 1}`, `2001:db8::${index + 1}`],
  }))
  const nodes = members.map(({ name, addresses: [address] }) => ({ name, address }))
  expect(parseCorosyncConf(corosyncConf('lab', members))).toEqual({ clusterName: 'lab', nodes })
})

test('comments in a corosync.conf are ignored', () => {
  const text = 'totem {\n  # cluster_name: old\n}\nnodelist {\n  # node {\n  #   name: alpha\n  # }\n}\n'
  expect(parseCorosyncConf(text)).toEqual({ clusterName: '', nodes: [] })
})

test.each([
  ['a setting', 'global {\n\tusage-count yes;\n}\n', 'global {\n\tusage-count no;\n}\n'],
  ['one that waits for an answer', 'global { usage-count ask; }\n', 'global { usage-count no; }\n'],
  [
    'a comment before it',
    '# usage-count yes;\nglobal {\n usage-count yes; # x\n}\n',
    '# usage-count yes;\nglobal {\n usage-count no; # x\n}\n',
  ],
  ['no setting', 'global {\n\tudev-always-use-vnr;\n}\n', 'global {\n\tusage-count no;\n\tudev-always-use-vnr;\n}\n'],
  ['no section', 'common {\n}\n', 'global {\n\tusage-count no;\n}\ncommon {\n}\n'],
  ['that setting already', 'global {\n\tusage-count no;\n}\n', 'global {\n\tusage-count no;\n}\n'],
])("DRBD's usage count is turned off where there is %s", (_, before, after) => {
  expect(withoutUsageCount(before)).toBe(after)
})

test.each([
  ['is replaced in its place', '# A\nA=1\nB=2\n', '# A\nA=$&\nB=2\n'],
  ['is added at the end', '#A=1\nB=2', '#A=1\nB=2\nA=$&\n'],
  ['becomes the whole of a missing file', '', '\nA=$&\n'],
])('a setting of /etc/default/sbd %s', (_, before, after) => {
  expect(withSettings(before, { A: '$&' })).toBe(after)
})

test("sbd's header is parsed from the dump of sbd 1.5.2", () => {
  const dump = `==Dumping header on disk /dev/vdc
Header version     : 2.1
UUID               : bcab70e5-56c1-4a3a-b4e7-3ebb6214bcaf
Number of slots    : 255
Sector size        : 512
Timeout (watchdog) : 10
Timeout (allocate) : 2
Timeout (loop)     : 1
Timeout (msgwait)  : 20
==Header on disk /dev/vdc is dumped
`
  const uuid = 'bcab70e5-56c1-4a3a-b4e7-3ebb6214bcaf'
  expect(parseSbdHeader(dump)).toEqual({ uuid, watchdogSeconds: 10, messageSeconds: 20 })
  expect(parseSbdHeader('==Dumping header on disk /dev/vdb\n==Header on disk /dev/vdb NOT dumped\n')).toBeUndefined()
})
