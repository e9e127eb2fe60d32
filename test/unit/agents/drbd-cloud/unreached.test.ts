import { beforeEach, describe, expect, test, vi } from 'vitest'
import { drbdCloud } from '../../../../agents/drbd-cloud/index.ts'
import { exit } from '../../../../ocf/exit.ts'
import { call, recurring } from '../../../fake/call.ts'
import { ALONE, type FakeDrbd, type FakeMinor } from '../../../fake/drbd/drbd.ts'
import { reportedScores, started } from '../../../fake/nodes/drbd-cloud.ts'
import { type FakeInterface, network } from '../../../fake/proc/network.ts'
import { procNetTcp } from '../../../fake/proc/proc-net.ts'
import type { FakeSystem } from '../../../fake/system.ts'
import { liveFile } from '../../../fake/tree.ts'

/*
 * A packet filter or switch keeps all clients away from the exporting side, alpha. Its own network is up. What the vhosts report
 * decides; beta is the other side.
 */

const PORTAL = '10.77.1.100:3260'
const OTHER = '10.77.1.101:3260'
const parameters = { drbd_resource: 'c0', portals: PORTAL }
const NOTE = '/run/vhacs/clients-c0'
const QUERY = ['attrd_updater', '--name', 'vhacs-lost-portals', '--query', '--all']

let system: FakeSystem
let kernel: FakeDrbd
let eth1: FakeInterface
/** Local and remote end of the connections. */
let connections: [string, string][]
/** The reports of the vhosts. */
let reports: Record<string, string>

async function up(minor: Partial<FakeMinor> = {}): Promise<void> {
  ;({ system, kernel } = await started(minor))
  eth1 = { name: 'eth1', addresses: ['10.77.1.1/24'], hasCarrier: true }
  network(system, eth1)
  reports = {}
  connections = [[PORTAL, '10.77.1.3:40000']]
  system.put(
    '/proc/net/tcp',
    liveFile(() => procNetTcp([PORTAL, OTHER], connections)),
  )
  system.tools.set('attrd_updater', args => {
    if (!args.includes('--query')) return 0
    const lines = Object.entries(reports).map(
      ([host, value]) => `name="vhacs-lost-portals" host="${host}" value="${value}"\n`,
    )
    if (lines.length > 0) return { status: 0, stdout: lines.join('') }
    return { status: 105, stderr: 'Could not query value of vhacs-lost-portals: attribute does not exist\n' }
  })
  await monitor()
  system.commands.length = 0
}

function perform(action: string, environment: Readonly<Record<string, string>> = {}) {
  return call(drbdCloud, action, { system, parameters, environment })
}

const monitor = () => perform('monitor', recurring)

/** Calls the monitor every ten seconds for so long, and returns the last result. */
async function monitorFor(seconds: number) {
  for (let second = 10; second < seconds; second += 10) {
    await vi.advanceTimersByTimeAsync(10_000)
    await monitor()
  }
  await vi.advanceTimersByTimeAsync(10_000)
  return monitor()
}

const queries = () => system.commands.filter(command => command.join(' ') === QUERY.join(' ')).length

/** Both vhosts have lost their sessions, and reach the other side. */
const agreeing = () => ({
  gamma: `${PORTAL} reached:beta`,
  delta: `${OTHER} reached:beta`,
})

/** The connections break, and the reports come. */
function lose(): void {
  connections = []
  reports = agreeing()
}

describe('a side that all clients have lost', () => {
  beforeEach(() => up({ role: 'Primary' }))

  test('reports the score of one without network, once two vhosts have reported it, and logs why', async () => {
    lose()
    await monitorFor(30)
    expect(system.commands).toEqual([])
    const { code, stderr } = await monitorFor(10)
    expect(code).toBe(exit.runningPromoted)
    expect(queries()).toBe(1)
    expect(reportedScores(system)).toEqual(['--update 5000'])
    expect(stderr).toContain(
      'WARNING: delta and gamma have lost their sessions here, no other node has one, and gamma reaches beta: the promotion score of good data falls to 5000 here, so that Pacemaker moves the export of 10.77.1.100:3260 to beta;',
    )
  })

  test('is degraded from then on, and starts no further process', async () => {
    lose()
    await monitorFor(40)
    system.commands.length = 0
    const { code, reasons } = await monitorFor(100)
    expect(code).toBe(exit.degradedPromoted)
    expect(reasons).toEqual([
      'clients could not reach this node: check its packet filter and the switch, then run "crm_resource --refresh -r c0 -N alpha"; delta, gamma reported it',
    ])
    expect(system.commands).toEqual([])
  })

  test('asks again, each time after half as long again, eight times at most', async () => {
    connections = []
    const counts: number[] = []
    for (const seconds of [40, 30, 60, 120, 240, 480, 1000, 1000]) {
      await monitorFor(seconds)
      counts.push(queries())
    }
    expect(counts).toEqual([1, 2, 4, 6, 7, 8, 8, 8])
    expect(reportedScores(system)).not.toContain('--update 5000')
  })

  test('asks anew when its clients have been there meanwhile', async () => {
    connections = []
    await monitorFor(100)
    connections = [[PORTAL, '10.77.1.3:40001']]
    await monitorFor(10)
    system.commands.length = 0
    lose()
    await monitorFor(40)
    expect(queries()).toBe(1)
    expect(reportedScores(system)).toEqual(['--update 5000'])
  })

  test('has its full score again when a client is connected', async () => {
    lose()
    await monitorFor(40)
    system.commands.length = 0
    connections = [[PORTAL, '10.77.1.3:40001']]
    expect((await monitorFor(20)).code).toBe(exit.runningPromoted)
    expect(reportedScores(system)).toEqual(['--update 10000'])
  })

  test('keeps its low score when the export has left it, for an hour', async () => {
    lose()
    await monitorFor(40)
    await perform('demote')
    kernel.minors.set(0, { ...kernel.fresh, role: 'Secondary' })
    reports = {}
    system.commands.length = 0
    expect((await monitorFor(100)).code).toBe(exit.degraded)
    expect(reportedScores(system)).toEqual([])
    await vi.advanceTimersByTimeAsync(3600_000)
    const { stderr } = await monitor()
    expect(stderr).toContain('INFO: this side no longer counts as one that clients cannot reach')
    expect((await monitor()).code).toBe(exit.success)
    expect(reportedScores(system).at(-1)).toBe('--update 10000')
    expect(() => system.read(NOTE)).toThrow()
  })

  test('has its full score again after a probe, by which an operator resets it', async () => {
    lose()
    await monitorFor(40)
    await perform('demote')
    system.commands.length = 0
    await perform('monitor')
    expect(reportedScores(system)).toEqual(['--update 10000'])
    expect((await monitor()).code).toBe(exit.success)
  })

  test('forgets it with a stop', async () => {
    lose()
    await monitorFor(40)
    await perform('demote')
    await perform('stop')
    expect(() => system.read(NOTE)).toThrow()
  })

  test('counts the vhosts that other exports of this node have left by now', async () => {
    lose()
    reports = { gamma: `${PORTAL} reached:beta` }
    system.put('/run/vhacs/clients-c1', 'unreached 1 delta\n')
    await monitorFor(40)
    expect(reportedScores(system)).toEqual(['--update 5000'])
  })
})

describe('nothing is given up', () => {
  const keeps = async () => {
    const result = await monitorFor(130)
    expect(reportedScores(system)).toEqual([])
    expect(result.code).toBe(exit.runningPromoted)
    return result
  }

  beforeEach(() => up({ role: 'Primary' }))

  test('when one vhost alone reports it: that may be its own fault, which is logged', async () => {
    lose()
    reports = { gamma: `${PORTAL} reached:beta` }
    const { stderr } = await monitorFor(40)
    expect(stderr).toContain(
      'WARNING: gamma cannot reach 10.77.1.100:3260 here, while it reaches beta; no other vhost has reported that, so the export stays',
    )
    await keeps()
  })

  test.each<[string, Record<string, string>]>([
    ['no vhost reports it', {}],
    ['the vhosts reach no other storage node', { gamma: `${PORTAL} reached:`, delta: `${OTHER} reached:` }],
    ['the client reaches this node only', { gamma: `${PORTAL} reached:alpha`, delta: `${OTHER} reached:beta` }],
    [
      'the client reaches a node without the data',
      { gamma: `${PORTAL} reached:epsilon`, delta: `${OTHER} reached:beta` },
    ],
    ['the second vhost reaches no other storage node', { gamma: `${PORTAL} reached:beta`, delta: `${OTHER} reached:` }],
    [
      'the second vhost has lost another exporter',
      { gamma: `${PORTAL} reached:beta`, delta: '10.77.1.200:3260 reached:beta' },
    ],
    [
      'the client of this resource is not among them',
      { gamma: `${OTHER} reached:beta`, delta: `${OTHER} reached:beta` },
    ],
    ['one of them is this node', { gamma: `${PORTAL} reached:beta`, alpha: `${OTHER} reached:beta` }],
    ['a report cannot be read', { gamma: `${PORTAL} reached:beta`, delta: 'true' }],
  ])('when %s', async (_, values) => {
    lose()
    reports = values
    await keeps()
  })

  test('when another node still has a session here', async () => {
    lose()
    connections = [[OTHER, '10.77.1.4:40000']]
    await keeps()
    expect(queries()).toBe(0)
  })

  test('when the client is this node itself: it needs no network', async () => {
    lose()
    connections = [
      [PORTAL, '10.77.1.1:40000'],
      ['10.77.1.1:40000', PORTAL],
    ]
    await keeps()
    expect(queries()).toBe(0)
  })

  test('when the other side is not connected, or not up to date', async () => {
    lose()
    kernel.minors.set(0, { ...kernel.fresh, role: 'Primary', ...ALONE })
    await monitorFor(130)
    expect(queries()).toBe(0)
    expect(reportedScores(system)).not.toContain('--update 5000')
  })

  test('when Pacemaker does not answer', async () => {
    lose()
    system.tools.set('attrd_updater', () => 1)
    await keeps()
    expect(queries()).toBeLessThanOrEqual(4)
  })

  test('when no client has reached this side since it was promoted: the export would move to and fro', async () => {
    await up({ role: 'Primary' })
    lose()
    system.put(NOTE, '')
    await keeps()
    expect(queries()).toBe(0)
  })

  test('when the note cannot be written', async () => {
    lose()
    await monitorFor(20)
    system.write = () => Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }))
    await keeps()
    expect(queries()).toBe(0)
  })
})

test('a session of the node itself does not hide that the clients of others are gone', async () => {
  await up({ role: 'Primary' })
  lose()
  connections = [
    [OTHER, '10.77.1.1:40000'],
    ['10.77.1.1:40000', OTHER],
  ]
  await monitorFor(40)
  expect(reportedScores(system)).toEqual(['--update 5000'])
})

describe('the address of this node', () => {
  const SET = ['attrd_updater', '--name', 'vhacs-portal-addresses', '--update', '10.77.1.1/24']
  const reported = () => system.commands.filter(words => words.includes('vhacs-portal-addresses'))

  test('in the network of the portals is reported once by each side, and again if Pacemaker may have lost it', async () => {
    ;({ system, kernel } = await started())
    network(system, { name: 'eth1', addresses: ['10.77.1.1/24', '10.77.1.100/24'], hasCarrier: true })
    system.tools.set('attrd_updater', () => 0)
    await monitor()
    await monitor()
    expect(reported()).toEqual([SET])
    system.put('/proc/net/unix', ': 00000002 00000000 00010000 0001 01 4711 @attrd@@@\n')
    await monitor()
    expect(reported()).toEqual([SET, SET])
  })

  test('joins those that other resources have reported and that are still there', async () => {
    ;({ system, kernel } = await started())
    network(system, { name: 'eth1', addresses: ['10.77.1.1/24', 'fd00::1/64'], hasCarrier: true })
    system.tools.set('attrd_updater', () => 0)
    system.put('/run/vhacs/portal-addresses', 'old 10.9.9.9/24 fd00::1/64\n')
    await monitor()
    expect(reported()).toEqual([[...SET.slice(0, -1), '10.77.1.1/24 fd00::1/64']])
  })

  test('is reported again later if Pacemaker does not answer', async () => {
    ;({ system, kernel } = await started())
    network(system, { name: 'eth1', addresses: ['10.77.1.1/24'], hasCarrier: true })
    system.tools.set('attrd_updater', () => 1)
    expect((await monitor()).code).toBe(exit.success)
    expect((await monitor()).code).toBe(exit.success)
    expect(reported()).toEqual([SET, SET])
  })

  test('is not reported by each monitor when it cannot be noted', async () => {
    ;({ system, kernel } = await started())
    network(system, { name: 'eth1', addresses: ['10.77.1.1/24'], hasCarrier: true })
    system.write = () => Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }))
    expect((await monitor()).code).toBe(exit.success)
    expect(reported()).toEqual([])
  })

  test('is not reported without portals', async () => {
    ;({ system, kernel } = await started())
    network(system, { name: 'eth1', addresses: ['10.77.1.1/24'], hasCarrier: true })
    await call(drbdCloud, 'monitor', { system, parameters: { drbd_resource: 'c0' }, environment: recurring })
    expect(reported()).toEqual([])
  })
})
