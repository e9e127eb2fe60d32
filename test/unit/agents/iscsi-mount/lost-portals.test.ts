import { beforeEach, describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import type { TcpAnswer } from '../../../../system/addresses.ts'
import { monitor, PORTAL, probe, start, started, stop } from '../../../fake/nodes/iscsi-mount.ts'
import { type FakeInterface, network } from '../../../fake/proc/network.ts'

/*
 * A session is lost although the node's own interface has a link: the monitors report the portal, and which storage nodes answer.
 * PORTAL is 192.0.2.10:3260.
 */

const NOTE = '/run/vhacs/lost-portals'
const QUERY = ['attrd_updater', '--name', 'vhacs-portal-addresses', '--query', '--all']
const report = (value: string) => ['attrd_updater', '--name', 'vhacs-lost-portals', '--update', value]
const DELETE = ['attrd_updater', '--name', 'vhacs-lost-portals', '--delete']

let node: Awaited<ReturnType<typeof started>>
let eth1: FakeInterface
/** What a connection meets, by address; nothing where none is named. */
let answers: Record<string, TcpAnswer>

beforeEach(async () => {
  node = await started()
  node.system.tools.set('crm_attribute', () => 0)
  node.system.tools.set('attrd_updater', args => ({
    status: 0,
    stdout: args.includes('--query')
      ? 'name="vhacs-portal-addresses" host="node1" value="192.0.2.1/24"\nname="vhacs-portal-addresses" host="node2" value="198.51.100.2/24 192.0.2.2/24"\n'
      : '',
  }))
  eth1 = { name: 'eth1', addresses: ['192.0.2.9/24'], hasCarrier: true }
  network(node.system, eth1)
  answers = { '192.0.2.2': 'refused' }
  node.system.tryConnect = async ({ address }) => answers[address] ?? 'none'
})

const lose = () => node.initiator.setState(node.session, 'FAILED', 'blocked')
const recover = () => node.initiator.setState(node.session, 'LOGGED_IN', 'running')

/** Monitors every 20 s for so long, and returns the last result. */
async function monitorFor(seconds: number) {
  for (let second = 0; second < seconds; second += 20) {
    await monitor(node.system)
    await node.system.sleep(20_000)
  }
  return monitor(node.system)
}

const calls = () => node.system.commands.filter(([tool]) => tool === 'attrd_updater')

describe('a portal that is lost', () => {
  test('is reported after half a minute, with the storage nodes that answer', async () => {
    lose()
    await monitorFor(20)
    expect(calls()).toEqual([])
    const { code, stderr } = await monitorFor(20)
    expect(code).toBe(exit.success)
    expect(calls()).toEqual([QUERY, report(`${PORTAL} reached:node2`)])
    expect(stderr).toContain(
      `WARNING: ${PORTAL} has been unreachable for 40 s; storage nodes that answer: node2. This `,
    )
  })

  test('is reported again after each doubling of its time only, with what answers by then', async () => {
    lose()
    await monitorFor(40)
    answers['192.0.2.1'] = 'accepted'
    await monitorFor(200)
    expect(calls().filter(call => !call.includes('--query'))).toEqual([
      report(`${PORTAL} reached:node2`),
      report(`${PORTAL} reached:node1,node2`),
      report(`${PORTAL} reached:node1,node2`),
      report(`${PORTAL} reached:node1,node2`),
    ])
  })

  test('is reported together with all others of the node', async () => {
    node.system.put('/sys/class/iscsi_session/session9/targetname', 'iqn.2026-01.org.example:c9\n')
    node.system.put('/sys/class/iscsi_session/session9/state', 'FAILED\n')
    node.system.put('/sys/class/iscsi_connection/connection9:0/persistent_address', '192.0.2.11\n')
    node.system.put('/sys/class/iscsi_connection/connection9:0/persistent_port', '3260\n')
    lose()
    await monitorFor(40)
    expect(calls()).toEqual([QUERY, report(`${PORTAL},192.0.2.11:3260 reached:node2`)])
    node.system.commands.length = 0
    recover()
    await monitor(node.system)
    expect(calls()).toEqual([report('192.0.2.11:3260 reached:node2')])
  })

  test('is reported though no storage node answers, or none has an address there', async () => {
    answers = {}
    lose()
    await monitorFor(40)
    expect(calls()).toEqual([QUERY, report(`${PORTAL} reached:`)])
  })

  test.each([
    [
      'there never was one',
      { status: 105, stderr: 'Could not query value of vhacs-portal-addresses: attribute does not exist' },
    ],
    [
      'there is none any more',
      { status: 78, stderr: 'Could not query value of vhacs-portal-addresses: attribute does not exist' },
    ],
  ])('is reported where no storage node has reported an address: %s', async (_, finished) => {
    node.system.tools.set('attrd_updater', args => (args.includes('--query') ? finished : 0))
    lose()
    await monitorFor(40)
    expect(calls()).toEqual([QUERY, report(`${PORTAL} reached:`)])
  })

  test('is reported again after its time has doubled when Pacemaker does not answer', async () => {
    node.system.tools.set('attrd_updater', () => 1)
    lose()
    const { code, stderr } = await monitorFor(40)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('WARNING: the lost session cannot be reported to the exporting node: ')
    await monitorFor(20)
    expect(calls()).toEqual([QUERY, QUERY])
  })

  test('is reported again when Pacemaker may have lost the report', async () => {
    lose()
    await monitorFor(40)
    node.system.commands.length = 0
    node.system.put('/proc/net/unix', ': 00000002 00000000 00010000 0001 01 4711 @attrd@@@\n')
    await monitorFor(20)
    expect(calls()).toEqual([QUERY, report(`${PORTAL} reached:node2`)])
  })
})

describe('the report is taken back', () => {
  beforeEach(async () => {
    lose()
    await monitorFor(40)
    node.system.commands.length = 0
  })

  test('when the session is back', async () => {
    recover()
    await monitorFor(100)
    expect(calls()).toEqual([DELETE])
    expect(() => node.system.read(NOTE)).toThrow()
  })

  test('when the session has been stopped', async () => {
    expect((await stop(node.system)).code).toBe(exit.success)
    expect(calls()).toEqual([DELETE])
  })

  test('when the own link turns out to be lost', async () => {
    eth1.hasCarrier = false
    await monitor(node.system)
    expect(calls()).toEqual([DELETE])
  })

  test('when the portal accepts connections: only the login fails', async () => {
    answers['192.0.2.10'] = 'accepted'
    await monitorFor(60)
    expect(calls()).toEqual([DELETE])
  })

  test('though a monitor was killed before it noted that it had reported', async () => {
    node.system.put(NOTE, node.system.read(NOTE).replace(/^\S+/, 'unknown'))
    recover()
    await monitor(node.system)
    expect(calls()).toEqual([DELETE])
  })
})

describe('nothing is reported, and no process started', () => {
  test('while the session works', async () => {
    await monitorFor(100)
    expect(calls()).toEqual([])
  })

  test('of an interruption as long as a failover', async () => {
    lose()
    await monitorFor(20)
    recover()
    await monitorFor(20)
    lose()
    await monitorFor(20)
    expect(calls()).toEqual([])
  })

  test('while the own link is lost: that is the fault of this node', async () => {
    eth1.hasCarrier = false
    lose()
    await monitorFor(50)
    expect(calls()).toEqual([])
  })

  test('while the portal accepts connections', async () => {
    answers['192.0.2.10'] = 'accepted'
    lose()
    await monitorFor(50)
    expect(calls()).toEqual([])
  })

  test('by a probe or a start', async () => {
    lose()
    await monitorFor(20)
    await node.system.sleep(20_000)
    await probe(node.system)
    recover()
    await start(node.system)
    expect(calls()).toEqual([])
  })
})
