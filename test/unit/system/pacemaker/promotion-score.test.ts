import { expect, test } from 'vitest'
import { attributeEpoch } from '../../../../system/pacemaker/attributes/promotion-score.ts'
import { fakeSystem } from '../../../fake/system.ts'
import { file } from '../../../fake/tree.ts'

/** Lines of /proc/net/unix of Debian 12: the socket of pacemaker-attrd, and a connection that was made to it. */
const socket = (
  inode: number,
  path = `@attrd${'@'.repeat(102)}`,
) => `Num       RefCount Protocol Flags    Type St Inode Path
00000000fcdce50d: 00000003 00000000 00000000 0001 03 12632 ${path}
0000000074e06f45: 00000002 00000000 00010000 0001 01 12000 @cib_rw@@@@
00000000412f7f43: 00000002 00000000 00010000 0001 01 ${inode} ${path}
`

function node(inode: number, ringFormed: number) {
  const system = fakeSystem({ '/proc/net/unix': socket(inode) })
  system.put('/var/lib/corosync/ringid_1', { ...file('\u0009\0\0\0\0\0\0\0'), changedAt: ringFormed })
  return system
}

test('it is the same as long as nothing happens', () => {
  expect(attributeEpoch(node(12578, 1000))).toBe(attributeEpoch(node(12578, 1000)))
})

test('a new process of Pacemaker changes it', () => {
  expect(attributeEpoch(node(12579, 1000))).not.toBe(attributeEpoch(node(12578, 1000)))
})

test('a new membership changes it', () => {
  expect(attributeEpoch(node(12578, 2000))).not.toBe(attributeEpoch(node(12578, 1000)))
})

test('sockets in the file system are also found', () => {
  const memory = (inode: number) => attributeEpoch(fakeSystem({ '/proc/net/unix': socket(inode, '/var/run/attrd') }))
  expect(memory(1)).not.toBe(memory(2))
})

test('a node without a cluster also has one, of one word', () => {
  expect(attributeEpoch(fakeSystem())).toMatch(/^\S+$/)
})
