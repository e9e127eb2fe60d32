import { expect, test } from 'vitest'
import { addressOf } from '../../../../system/addresses.ts'
import { interfacesTo } from '../../../../system/proc/routes.ts'
import { fakeSystem } from '../../../fake/system.ts'

/* /proc/net/route of Linux 6.18, with a bridge in a larger network around that of eth1. */

const ROUTES = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0
br0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0
eth1\t00014D0A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth2\t00014D0A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
eth3\t00024D0A\t0100000A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0
*\t00034D0A\t00000000\t0201\t0\t0\t0\t00FFFFFF\t0\t0\t0
`

test.each([
  ['10.77.1.100', ['eth1', 'eth2']],
  ['10.77.2.100', ['br0']],
  ['10.77.3.100', ['br0']],
  ['192.0.2.1', []],
])('this node sends to %s through %j', (text, expected) => {
  const address = addressOf(text)
  if (address === undefined) throw new Error(text)
  expect(interfacesTo(fakeSystem({ '/proc/net/route': ROUTES }), address)).toEqual(expected)
})

test.each(['', 'Iface\n', 'eth1\tx\t00000000\t0001\t0\t0\t0\t00FFFFFF\n', 'eth1\n'])('%j has no networks', text => {
  const address = addressOf('10.77.1.100')
  if (address === undefined) throw new Error()
  expect(interfacesTo(fakeSystem({ '/proc/net/route': text }), address)).toEqual([])
  expect(interfacesTo(fakeSystem(), address)).toEqual([])
})

const ADDRESSES = `fd770000000000000000000000000001 03 40 00 80     eth1
fd770000000000000000000000000100 03 40 00 80     eth1
fe80000000000000644134fffefea014 03 40 20 80     eth1
fd770000000000000000000000000002 04 30 00 80     eth2
00000000000000000000000000000001 01 80 10 80       lo
`

test.each([
  ['fd77::100', ['eth1']],
  ['fd77:0:0:1::1', ['eth2']],
  ['2001:db8::1', []],
])('this node sends to %s through %j', (text, expected) => {
  const address = addressOf(text)
  if (address === undefined) throw new Error(text)
  expect(interfacesTo(fakeSystem({ '/proc/net/if_inet6': ADDRESSES }), address)).toEqual(expected)
  expect(interfacesTo(fakeSystem({ '/proc/net/if_inet6': 'x\n' }), address)).toEqual([])
})
