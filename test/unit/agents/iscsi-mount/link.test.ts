import { beforeEach, describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { monitor, probe, start, started, stop } from '../../../fake/nodes/iscsi-mount.ts'
import { type FakeInterface, network } from '../../../fake/proc/network.ts'
import { errno } from '../../../fake/tree.ts'

/* A node whose interface to the portal has no link: the mount leaves it after a minute, if another node has one. */

const NOTE = '/run/vhacs/link-c0'
const SET = ['crm_attribute', '--name', 'lost-link-c0', '--lifetime', 'reboot', '--update', 'true']
const DELETE = ['crm_attribute', '--name', 'lost-link-c0', '--lifetime', 'reboot', '--delete']

let node: Awaited<ReturnType<typeof started>>
let eth1: FakeInterface

beforeEach(async () => {
  node = await started()
  node.system.tools.set('crm_attribute', () => 0)
  eth1 = { name: 'eth1', addresses: ['192.0.2.1/24'], hasCarrier: true }
  network(node.system, eth1)
})

/** The session is lost with the cable, or without it. */
function lose({ hasCarrier }: { readonly hasCarrier: boolean }): void {
  eth1.hasCarrier = hasCarrier
  node.initiator.setState(node.session, 'FAILED', 'blocked')
}

/** Monitors every 20 s for so long, and returns the last result. */
async function monitorFor(seconds: number, more = {}) {
  for (let second = 0; second < seconds; second += 20) {
    await monitor(node.system, more)
    await node.system.sleep(20_000)
  }
  return monitor(node.system, more)
}

const attributes = () => node.system.commands.filter(([tool]) => tool === 'crm_attribute')

describe('a link that is lost', () => {
  test('is reported after a minute, and is part of the reason', async () => {
    lose({ hasCarrier: false })
    await monitorFor(40)
    expect(attributes()).toEqual([])
    await node.system.sleep(20_000)
    const { code, stderr } = await monitor(node.system)
    expect(code).toBe(exit.success)
    expect(attributes()).toEqual([SET])
    expect(stderr).toContain(
      'eth1 has had no carrier for 60 s, so no session can be recovered here: Pacemaker moves the ',
    )
    const later = await monitorFor(60)
    expect(later.code).toBe(exit.degraded)
    expect(later.reasons).toEqual([expect.stringContaining('; eth1 has no carrier: check its cable and the switch')])
    expect(later.stderr).not.toContain('WARNING: eth1')
  })

  test('is reported after link_timeout, or never', async () => {
    lose({ hasCarrier: false })
    await monitorFor(200, { link_timeout: '0' })
    expect(attributes()).toEqual([])
    await monitorFor(0, { link_timeout: '200' })
    expect(attributes()).toEqual([SET])
  })

  test('is no longer reported when it is back', async () => {
    lose({ hasCarrier: false })
    await monitorFor(60)
    node.system.commands.length = 0
    eth1.hasCarrier = true
    await monitorFor(20)
    expect(attributes()).toEqual([DELETE])
  })

  test('is reported once, however long it lasts', async () => {
    lose({ hasCarrier: false })
    await monitorFor(200)
    expect(attributes()).toEqual([SET])
  })

  test('is no longer reported when it is back, though a monitor was killed before it noted its report', async () => {
    lose({ hasCarrier: false })
    await monitorFor(60)
    node.system.put(NOTE, node.system.read(NOTE).replace(' reported', ''))
    eth1.hasCarrier = true
    await monitorFor(20)
    expect(attributes()).toEqual([SET, DELETE])
  })

  test('that is back within a minute has never been reported', async () => {
    lose({ hasCarrier: false })
    await monitorFor(40)
    eth1.hasCarrier = true
    await monitorFor(20)
    lose({ hasCarrier: false })
    await monitorFor(40)
    expect(attributes()).toEqual([])
  })

  test('is reported again by the next monitor when Pacemaker does not answer', async () => {
    node.system.tools.set('crm_attribute', () => 1)
    lose({ hasCarrier: false })
    const { code } = await monitorFor(60)
    expect(code).toBe(exit.success)
    await monitor(node.system)
    expect(attributes()).toEqual([SET, SET])
  })

  test('stays reported after a stop, because the mount would come back, until the next start', async () => {
    lose({ hasCarrier: false })
    await monitorFor(60)
    await stop(node.system)
    expect(attributes()).toEqual([SET])
    eth1.hasCarrier = true
    expect((await start(node.system)).code).toBe(exit.success)
    expect(attributes()).toEqual([SET, DELETE])
    expect(() => node.system.read(NOTE)).toThrow()
  })
})

describe('nothing is reported', () => {
  test('while a link exists: the target is unreachable for another reason', async () => {
    lose({ hasCarrier: true })
    await monitorFor(100)
    expect(attributes()).toEqual([])
  })

  test('while the session works: it reaches the portal another way, or on this node', async () => {
    eth1.hasCarrier = false
    await monitorFor(100)
    expect(attributes()).toEqual([])
  })

  test('of a portal in another network, which a router leads to', async () => {
    lose({ hasCarrier: false })
    eth1.addresses = ['198.51.100.1/24']
    await monitorFor(100)
    expect(attributes()).toEqual([])
  })

  test('by a probe', async () => {
    lose({ hasCarrier: false })
    node.system.put(NOTE, '1\n')
    await probe(node.system)
    expect(attributes()).toEqual([])
  })

  test('where the note cannot be written', async () => {
    node.system.write = (path: string) => Promise.reject(errno('ENOSPC', 'open', path))
    lose({ hasCarrier: false })
    expect((await monitorFor(60)).code).not.toBe(exit.genericError)
    expect(attributes()).toEqual([])
  })
})
