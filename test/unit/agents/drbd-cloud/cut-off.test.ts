import { beforeEach, describe, expect, test, vi } from 'vitest'
import { drbdCloud } from '../../../../agents/drbd-cloud/index.ts'
import { exit } from '../../../../ocf/exit.ts'
import { call, recurring } from '../../../fake/call.ts'
import type { FakeDrbd, FakeMinor } from '../../../fake/drbd/drbd.ts'
import { reportedScores, started } from '../../../fake/nodes/drbd-cloud.ts'
import { type FakeInterface, network } from '../../../fake/proc/network.ts'
import type { FakeSystem } from '../../../fake/system.ts'

/* What the agent does when clients cannot reach the node: what it reports, when, and what it says. */

const parameters = { drbd_resource: 'c0', portals: '10.77.1.100:3260' }
const NOTE = '/run/vhacs/network-c0'
const REASON = 'clients cannot reach 10.77.1.100 here because eth1 has no carrier: check its cable and the switch'

let system: FakeSystem
let kernel: FakeDrbd
let eth1: FakeInterface

async function up(minor: Partial<FakeMinor> = {}): Promise<void> {
  ;({ system, kernel } = await started(minor))
  eth1 = { name: 'eth1', addresses: ['10.77.1.1/24'], hasCarrier: true }
  network(system, eth1)
  system.tools.set('attrd_updater', () => 0)
  await monitor()
}

function perform(action: string, environment: Readonly<Record<string, string>> = {}) {
  return call(drbdCloud, action, { system, parameters, environment })
}

const monitor = () => perform('monitor', recurring)

const notify = (when: 'pre' | 'post', operation: string) =>
  perform('notify', { OCF_RESKEY_CRM_meta_notify_type: when, OCF_RESKEY_CRM_meta_notify_operation: operation })

/** Lets that many seconds pass, and calls the monitor. */
async function monitorAfter(seconds: number) {
  await vi.advanceTimersByTimeAsync(seconds * 1000)
  return monitor()
}

/** The scores reported since the last call. */
function newScores(): string[] {
  const scores = reportedScores(system)
  system.commands.length = 0
  return scores
}

const LOWERED = '--update 5000'
const FULL = '--update 10000'

describe('a side that is in use', () => {
  beforeEach(() => up({ role: 'Primary' }))

  test('reports nothing new while clients can reach it', async () => {
    newScores()
    const { code } = await monitorAfter(10)
    expect(code).toBe(exit.runningPromoted)
    expect(newScores()).toEqual([])
  })

  test('reports a lower score in the first monitor that sees it cut off, after five seconds', async () => {
    newScores()
    eth1.hasCarrier = false
    const begun = system.now()
    const { code, stderr } = await monitor()
    expect(code).toBe(exit.runningPromoted)
    expect(system.now() - begun).toBe(5000)
    expect(newScores()).toEqual([LOWERED])
    expect(stderr).toContain(`WARNING: ${REASON}; the promotion score of good data falls to 5000 here, so that `)
  })

  test('is degraded from then on, says so in the log once, reports no score again, and does not wait', async () => {
    eth1.hasCarrier = false
    await monitor()
    newScores()
    const begun = system.now()
    const { code, reasons, stderr } = await monitor()
    expect(system.now()).toBe(begun)
    expect(code).toBe(exit.degradedPromoted)
    expect(reasons).toEqual([REASON])
    expect(newScores()).toEqual([])
    expect(stderr).not.toContain('WARNING')
  })

  test('changes nothing when its network comes back within five seconds', async () => {
    newScores()
    eth1.hasCarrier = false
    setTimeout(() => {
      eth1.hasCarrier = true
    }, 2000)
    const { code, stderr } = await monitor()
    expect(code).toBe(exit.runningPromoted)
    expect(stderr).toBe('')
    expect(newScores()).toEqual([])
    expect(system.changes.filter(change => change.includes('network'))).toEqual([])
  })

  test('gets its full score back when its network has been there for half a minute, in one piece', async () => {
    eth1.hasCarrier = false
    await monitor()
    newScores()
    eth1.hasCarrier = true
    expect((await monitorAfter(10)).code).toBe(exit.runningPromoted)
    expect((await monitorAfter(25)).code).toBe(exit.runningPromoted)
    eth1.hasCarrier = false
    expect((await monitorAfter(10)).code).toBe(exit.degradedPromoted)
    eth1.hasCarrier = true
    await monitorAfter(10)
    await monitorAfter(25)
    expect(newScores()).toEqual([])
    const { stderr } = await monitorAfter(10)
    expect(newScores()).toEqual([FULL])
    expect(stderr).toMatch(/INFO: clients can reach this node again, after \d+ s; the export stays where it is/)
  })

  test('waits longer, not shorter, for its network when the clock is set back', async () => {
    system.put(NOTE, `none 1 ${system.now() + 1_000_000}\n`)
    newScores()
    await monitor()
    await monitorAfter(20)
    expect(newScores()).toEqual([LOWERED])
    await monitorAfter(20)
    expect(newScores()).toEqual([FULL])
  })

  test('keeps to half of its time when that is short', async () => {
    eth1.hasCarrier = false
    const begun = system.now()
    await perform('monitor', { ...recurring, OCF_RESKEY_CRM_meta_timeout: '4000' })
    expect(system.now() - begun).toBeLessThanOrEqual(2000)
  })

  test.each([
    '',
    'soon',
    'none',
    'none 1 2 3',
    'none -1',
    'self 1e3',
    'all 1',
  ])('does not believe a note like %j', async line => {
    system.put(NOTE, `${line}\n`)
    newScores()
    const { code } = await monitor()
    expect(code).toBe(exit.runningPromoted)
    expect(newScores()).toEqual([])
  })

  test('is not cut off without portals, whatever its network and its note', async () => {
    eth1.hasCarrier = false
    system.put(NOTE, 'none 1\n')
    newScores()
    const { code } = await call(drbdCloud, 'monitor', {
      system,
      parameters: { drbd_resource: 'c0' },
      environment: recurring,
    })
    expect(code).toBe(exit.runningPromoted)
    expect(newScores()).toEqual([])
  })

  test('judges its data anew after it has waited', async () => {
    newScores()
    eth1.hasCarrier = false
    setTimeout(() => {
      kernel.minors.set(0, {
        ...kernel.fresh,
        role: 'Secondary',
        disk: 'Outdated',
        connection: 'WFConnection',
        peerDisk: 'DUnknown',
      })
    }, 2000)
    await monitor()
    expect(newScores()).toEqual(['--delete'])
  })

  test('keeps its score in a notification that sees it cut off first', async () => {
    eth1.hasCarrier = false
    newScores()
    await notify('post', 'start')
    expect(newScores()).toEqual([])
  })

  test('is not cut off after a stop', async () => {
    eth1.hasCarrier = false
    await monitor()
    await perform('demote')
    await perform('stop')
    expect(system.changes).toContain(`unlink ${NOTE}`)
  })
})

describe('a side that is not in use', () => {
  beforeEach(() => up())

  test('reports a lower score when it is cut off, and is degraded', async () => {
    newScores()
    eth1.hasCarrier = false
    expect((await monitor()).code).toBe(exit.success)
    expect(newScores()).toEqual([LOWERED])
    const { code, reasons } = await monitor()
    expect([code, reasons]).toEqual([exit.degraded, [REASON]])
  })

  test.each<[string, Partial<FakeMinor>, string]>([
    ['an unreachable peer', { connection: 'WFConnection', peerDisk: 'DUnknown' }, '--update 1000'],
    ['old data', { connection: 'SyncTarget', disk: 'Inconsistent' }, '--update 10'],
    [
      'old data and an unreachable peer',
      { connection: 'WFConnection', disk: 'Outdated', peerDisk: 'DUnknown' },
      '--delete',
    ],
  ])('with %s has the score of its data, whatever its network', async (_, minor, score) => {
    eth1.hasCarrier = false
    await monitor()
    newScores()
    kernel.minors.set(0, { ...kernel.fresh, ...minor })
    await monitor()
    expect(newScores()).toEqual([score])
  })

  test('that sees it before the other one is demoted reports it, and lets Pacemaker plan again', async () => {
    newScores()
    eth1.hasCarrier = false
    const begun = system.now()
    await notify('pre', 'demote')
    expect(newScores()).toEqual([LOWERED])
    expect(system.now() - begun).toBe(2000)
    await notify('pre', 'demote')
    expect(newScores()).toEqual([])
    expect(system.now() - begun).toBe(2000)
  })

  test('that is reached does neither', async () => {
    newScores()
    const begun = system.now()
    await notify('pre', 'demote')
    expect(newScores()).toEqual([])
    expect(system.now()).toBe(begun)
  })
})

describe('a side whose only client is on the same node', () => {
  const logIn = () => {
    system.put('/sys/class/iscsi_session/session1/targetname', 'iqn.2026-01.org.example:c0\n')
    system.put('/sys/class/iscsi_session/session1/state', 'FAILED\n')
    system.put('/sys/class/iscsi_connection/connection1:0/persistent_address', '10.77.1.100\n')
    system.put('/sys/class/iscsi_connection/connection1:0/persistent_port', '3260\n')
  }

  beforeEach(() => up())

  test('reports a higher score when it loses its network, and is degraded', async () => {
    logIn()
    newScores()
    eth1.hasCarrier = false
    const { stderr } = await monitor()
    expect(newScores()).toEqual(['--update 15000'])
    expect(stderr).toContain(
      '; the promotion score of good data rises to 15000 here, so that Pacemaker moves the export to ',
    )
    const { code, reasons } = await monitor()
    expect(code).toBe(exit.degraded)
    expect(reasons).toEqual([
      expect.stringMatching(/^only this node itself can reach 10\.77\.1\.100 here because eth1 has no /),
    ])
    kernel.minors.set(0, { ...kernel.fresh, role: 'Primary' })
    expect((await monitor()).code).toBe(exit.degradedPromoted)
    expect(newScores()).toEqual([])
  })

  test('keeps its score in a notification that sees the loss first', async () => {
    logIn()
    eth1.hasCarrier = false
    newScores()
    await notify('pre', 'demote')
    await notify('post', 'start')
    expect(newScores()).toEqual([])
  })

  test('is cut off when the client leaves', async () => {
    logIn()
    eth1.hasCarrier = false
    await monitor()
    newScores()
    system.take('/sys/class/iscsi_session/session1')
    await monitor()
    expect(newScores()).toEqual([LOWERED])
    logIn()
    await monitor()
    expect(newScores()).toEqual(['--update 15000'])
  })

  test('keeps the higher score until its network has been back for a while', async () => {
    logIn()
    eth1.hasCarrier = false
    await monitor()
    newScores()
    eth1.hasCarrier = true
    await monitor()
    await monitorAfter(20)
    expect(newScores()).toEqual([])
    await monitorAfter(20)
    expect(newScores()).toEqual([FULL])
  })
})

test('a start without a network reports the lower score at once', async () => {
  await up()
  await perform('stop')
  eth1.hasCarrier = false
  newScores()
  await perform('start')
  kernel.minors.set(0, { ...kernel.fresh })
  await notify('post', 'start')
  expect(newScores().at(-1)).toBe(LOWERED)
})
