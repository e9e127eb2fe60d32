import { expect, test } from 'vitest'
import {
  connections,
  listeners,
  parseListeners,
  portalsConflict,
  unixSockets,
} from '../../../../system/proc/sockets.ts'
import { fakeSystem } from '../../../fake/system.ts'
import { link } from '../../../fake/tree.ts'

// Debian 12, Linux 6.1: portals of LIO, and a connection
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 01014D0A:0CC6 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 27798 1 0000000026a42b83 100 0 0 10 0
   1: 00000000:0CC7 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 26792 1 00000000b978db76 100 0 0 10 0
   2: 01014D0A:0CC8 02014D0A:D431 01 00000000:00000000 00:00000000 00000000     0        0 26793 1 00000000b978db76 100 0 0 10 0
`
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: B80D0120000000000000000010000000:0CC6 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 26798 1 000000008020a319 100 0 0 10 0
   1: 00000000000000000000000000000000:0CC8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 26806 1 0000000046ceb2a7 100 0 0 10 0
   2: 000080FE00000000FF005450B6AD1DFE:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 26807 1 0000000046ceb2a7 100 0 0 10 0
`

test('listening sockets are read, connections are not', () => {
  expect(parseListeners(TCP)).toEqual(['10.77.1.1:3270', '0.0.0.0:3271'])
  expect(parseListeners(TCP6)).toEqual(['[2001:db8::10]:3270', '[::]:3272', '[fe80::5054:ff:fe1d:adb6]:443'])
})

test('connections are read from both ends, listening sockets are not', () => {
  const system = fakeSystem({ '/proc/net/tcp': TCP, '/proc/net/tcp6': TCP6 })
  expect(connections(system)).toEqual([{ local: '10.77.1.1:3272', remote: '10.77.1.2:54321' }])
})

test('a kernel without IPv6 has no IPv6 listeners', () => {
  expect(listeners(fakeSystem({ '/proc/net/tcp': TCP }))).toEqual(['10.77.1.1:3270', '0.0.0.0:3271'])
})

test.each([
  ['10.77.1.1:3260', '10.77.1.1:3260'],
  ['10.77.1.1:3260', '0.0.0.0:3260'],
  ['10.77.1.1:3260', '[::]:3260'],
  ['[2001:db8::10]:3260', '[::]:3260'],
  ['0.0.0.0:3260', '[::]:3260'],
])('%s and %s conflict', (one, other) => {
  expect(portalsConflict(one, other)).toBe(true)
  expect(portalsConflict(other, one)).toBe(true)
})

test.each([
  ['10.77.1.1:3260', '10.77.1.2:3260'],
  ['10.77.1.1:3260', '0.0.0.0:3261'],
  ['[2001:db8::10]:3260', '0.0.0.0:3260'],
  ['[2001:db8::10]:3260', '[2001:db8::11]:3260'],
])('%s and %s are not', (one, other) => {
  expect(portalsConflict(one, other)).toBe(false)
  expect(portalsConflict(other, one)).toBe(false)
})

test('UNIX sockets with a path are read once for each network namespace, through a living process', () => {
  const lines = (inode: number, path: string) => `Num\n0000: 00000002 00000000 00010000 0001 01 ${inode} ${path}\n`
  const system = fakeSystem({
    '/proc/1/net/unix': `${lines(11, '/run/a b')}0000: 00000003 00000000 00000000 0001 03 12\n`,
    '/proc/2/net/unix': lines(21, '/run/never read'),
    '/proc/4/net/unix': lines(41, '/run/c'),
  })
  for (const [pid, namespace] of [
    [1, 'a'],
    [2, 'a'],
    [3, 'b'],
    [4, 'b'],
  ])
    system.put(`/proc/${pid}/ns/net`, link(`net:[${namespace}]`))
  expect(unixSockets(system, ['/proc/1', '/proc/2', '/proc/3', '/proc/4', '/proc/5'])).toEqual([
    { link: 'socket:[11]', path: '/run/a b' },
    { link: 'socket:[41]', path: '/run/c' },
  ])
})
