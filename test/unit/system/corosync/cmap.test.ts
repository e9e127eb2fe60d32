import { expect, test } from 'vitest'
import { parseCmap } from '../../../../system/corosync/cmap.ts'
import { isPresent } from '../../../../system/corosync/presence.ts'

test('the values of a map, also those with spaces and equals signs', () => {
  const text = [
    'runtime.members.2.ip (str) = r(0) ip(10.77.2.2) r(1) ip(10.77.1.2) ',
    'stats.knet.node2.link0.connected (u8) = 1',
    'totem.cluster_name (str) = a = b',
    'uidgid.uid.0 (u8) = ',
    'Failed to initialize the cmap API',
    ' = 1',
    'a key (str) = 1',
  ].join('\n')
  expect([...parseCmap(text)]).toEqual([
    ['runtime.members.2.ip', 'r(0) ip(10.77.2.2) r(1) ip(10.77.1.2)'],
    ['stats.knet.node2.link0.connected', '1'],
    ['totem.cluster_name', 'a = b'],
    ['uidgid.uid.0', ''],
  ])
})

const NAMES = 'nodelist.node.0.name (str) = node2\nnodelist.node.0.nodeid (u32) = 2\n'

test.each([
  ['a link that is connected', '', 'stats.knet.node2.link1.connected (u8) = 1', true],
  ['the link of another node', '', 'stats.knet.node22.link1.connected (u8) = 1', false],
  ['a link that is enabled', '', 'stats.knet.node2.link1.enabled (u8) = 1', false],
  ['a member', 'runtime.members.2.status (str) = joined', '', true],
  ['one that has left', 'runtime.members.2.status (str) = left', '', false],
])('%s', (_, icmap, stats, expected) => {
  expect(isPresent('node2', { icmap: parseCmap(NAMES + icmap), stats: parseCmap(stats) })).toBe(expected)
})

test('a node that corosync does not know by name', () => {
  expect(isPresent('node3', { icmap: parseCmap(NAMES), stats: new Map() })).toBeUndefined()
})
