import { describe, expect, test } from 'vitest'
import { clientReach } from '../../../../agents/drbd-cloud/clients/network.ts'
import { type FakeInterface, network } from '../../../fake/proc/network.ts'
import { type FakeSystem, fakeSystem } from '../../../fake/system.ts'
import { errno } from '../../../fake/tree.ts'

/* Whether clients can reach a portal through a node with these interfaces. */

const PORTAL = '10.77.1.100:3260'
const PORTAL_6 = '[fd77::100]:3260'

const on = (name: string, ...addresses: string[]): FakeInterface => ({ name, addresses, hasCarrier: true })
const off = (name: string, ...addresses: string[]): FakeInterface => ({ name, addresses, hasCarrier: false })

function node(...interfaces: FakeInterface[]): FakeSystem {
  const system = fakeSystem()
  network(system, ...interfaces)
  return system
}

/** A session of this node's initiator. */
function logIn(system: FakeSystem, address: string, state = 'LOGGED_IN'): FakeSystem {
  system.put('/sys/class/iscsi_session/session1/targetname', 'iqn.2026-01.org.example:c0\n')
  system.put('/sys/class/iscsi_session/session1/state', `${state}\n`)
  system.put('/sys/class/iscsi_connection/connection1:0/persistent_address', `${address}\n`)
  system.put('/sys/class/iscsi_connection/connection1:0/persistent_port', '3260\n')
  return system
}

const NO_CARRIER = 'clients cannot reach 10.77.1.100 here because eth1 has no carrier: check its cable and the switch'
const NO_ADDRESS =
  'clients cannot reach 10.77.1.100 here because no interface with carrier has an address in its network: check "ip address"'

describe('clients can reach the portal', () => {
  test.each<[string, FakeInterface[], string[]]>([
    ['with an address in its network', [on('eth1', '10.77.1.1/24')], [PORTAL]],
    ['where it is', [on('eth1', '10.77.1.1/24', '10.77.1.100/24')], [PORTAL]],
    ['where it has a netmask of its own', [on('eth1', '10.77.1.1/24', '10.77.1.100/25')], [PORTAL]],
    ['through the second of two interfaces', [off('eth1', '10.77.1.1/24'), on('eth2', '10.77.1.2/24')], [PORTAL]],
    [
      'through one of two networks',
      [off('eth1', '10.77.1.1/24'), on('eth2', '10.77.2.1/24')],
      [PORTAL, '10.77.2.100:3260'],
    ],
    ['over IPv6', [on('eth1', 'fd77::1/64')], [PORTAL_6]],
    ['that is any address', [off('eth1', '10.77.1.1/24')], ['0.0.0.0:3260']],
    ['that is any address of IPv6', [off('eth1', '10.77.1.1/24')], ['[::]:3260']],
    ['as far as known, if none is given', [off('eth1', '10.77.1.1/24')], []],
  ])('%s', (_, interfaces, portals) => {
    expect(clientReach(node(...interfaces), portals, false)).toEqual({ by: 'all' })
    expect(clientReach(node(...interfaces), portals, true)).toEqual({ by: 'all' })
  })

  test('as far as known, if the interfaces cannot be read', () => {
    const system = node(on('eth1', '10.77.1.1/24'))
    system.interfaceAddresses = () => {
      throw errno('EMFILE', 'socket', '')
    }
    expect(clientReach(system, [PORTAL], true)).toEqual({ by: 'all' })
  })
})

describe('clients cannot reach the portal', () => {
  test.each<[string, FakeInterface[], string]>([
    ['without carrier', [off('eth1', '10.77.1.1/24')], NO_CARRIER],
    ['without carrier where it is', [off('eth1', '10.77.1.1/24', '10.77.1.100/24')], NO_CARRIER],
    ['with no other address than the portal', [on('eth1', '10.77.1.100/24')], NO_ADDRESS],
    ['through another network', [on('eth0', '192.0.2.1/24')], NO_ADDRESS],
    [
      'through a larger network of another interface',
      [on('eth0', '10.0.0.1/8'), off('eth1', '10.77.1.1/24')],
      NO_CARRIER,
    ],
    ['without any interface', [], NO_ADDRESS],
  ])('%s', (_, interfaces, fault) => {
    expect(clientReach(node(...interfaces), [PORTAL], false)).toEqual({ by: 'none', why: fault })
    expect(clientReach(node(...interfaces), [PORTAL], true)).toEqual({ by: 'none', why: fault })
  })

  test('over IPv6 without carrier', () => {
    const fault = /^clients cannot reach fd77::100 here because eth1 has no carrier/
    expect(clientReach(node(off('eth1', 'fd77::1/64')), [PORTAL_6], true)).toEqual({
      by: 'none',
      why: expect.stringMatching(fault),
    })
  })
})

describe('a client on the node itself', () => {
  const ONLY = /^only this node itself can reach \S+ here because /
  const dead = () => node(off('eth1', '10.77.1.1/24', 'fd77::1/64'))

  test.each(['LOGGED_IN', 'FAILED'])('reaches the portal without a network, where it is or can start (%s)', state => {
    expect(clientReach(logIn(dead(), '10.77.1.100', state), [PORTAL], true)).toEqual({
      by: 'self',
      why: expect.stringMatching(ONLY),
    })
    expect(clientReach(logIn(dead(), '10.77.1.100', state), [PORTAL], false)).toEqual({
      by: 'self',
      why: expect.stringMatching(ONLY),
    })
    expect(clientReach(logIn(dead(), 'fd77::100', state), [PORTAL_6], true)).toEqual({
      by: 'self',
      why: expect.stringMatching(ONLY),
    })
  })

  test('does not reach a portal that could not start there', () => {
    expect(clientReach(logIn(node(), '10.77.1.100'), [PORTAL], false)).toEqual({ by: 'none', why: NO_ADDRESS })
    expect(clientReach(logIn(dead(), 'fd77::100'), [PORTAL_6], false)).toMatchObject({ by: 'none' })
  })

  test('of another portal changes nothing', () => {
    expect(clientReach(logIn(dead(), '10.77.1.101'), [PORTAL], true)).toEqual({ by: 'none', why: NO_CARRIER })
  })
})
