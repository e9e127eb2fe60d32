import { describe, expect, test } from 'vitest'
import { element } from '../../../../cloud/xml.ts'
import { type FakeCluster, fakeCluster, isLocking, isReading, node } from '../../../fake/cluster/cluster.ts'
import { activeIn } from '../../../fake/cluster/crm-mon.ts'
import { type FakeDisk, rehearsable } from '../../../fake/cluster/rehearsal.ts'
import { edited, withChildren, withMeta, withNodeAttribute } from '../../cloud/cib.ts'
import { bare, c0 } from '../../cloud/examples.ts'
import { given } from '../call.ts'
import { RECORDED } from '../recorded.ts'

const BEGIN = Date.UTC(2026, 0, 1)
const REHEARSE = 'storage --rehearse c0'

function cluster(...clouds: readonly (typeof c0)[]): FakeCluster & { readonly disk: FakeDisk } {
  const made = fakeCluster(clouds.length === 0 ? [c0] : clouds)
  return Object.assign(made, { disk: rehearsable(made) })
}

const exporterOf = (seen: FakeCluster, name = 'c0') => seen.active().find(({ id }) => id === `${name}-target`)?.node
const placesOf = (seen: FakeCluster) =>
  seen
    .active()
    .map(({ id, node: place, role }) => `${id} ${role} ${place}`)
    .sort()
const hasConstraint = ({ cib }: FakeCluster) => cib.includes('rehearsal-location')
const hasLock = ({ cib }: FakeCluster) => cib.includes('vhacs-lock')
/** What was changed, without the lock. */
const changes = ({ ran }: FakeCluster) => ran.filter(command => !isReading(command) && !isLocking(command))
/** What the lines of a result say, without their times. */
const linesOf = (stdout: readonly string[]) => stdout.map(line => line.replace(/^ *[\d.]+ s {2}/, ''))

test('the export moves to the other side and back, and what the client saw is reported', async () => {
  const seen = cluster()
  const before = placesOf(seen)
  const { stdout } = await given(seen).run(REHEARSE).succeeds()
  expect(linesOf(stdout)).toEqual([
    'moving the export of c0 from node1 to node2',
    'waiting until node2 exports c0, and both sides are in sync',
    'comparing the disk of c0 on node2',
    'the I/O of c0 on node2 paused for 1.4 s (0.0 s: session LOGGED_IN, disk running; 0.2 s: session FAILED, disk blocked; 1.4 s: session LOGGED_IN, disk running)',
    'moving the export of c0 from node2 to node1',
    'waiting until node1 exports c0, and both sides are in sync',
    'comparing the disk of c0 on node2',
    'the I/O of c0 on node2 paused for 1.2 s (0.0 s: session LOGGED_IN, disk running; 0.2 s: session FAILED, disk blocked; 1.2 s: session LOGGED_IN, disk running)',
    'removing the constraint of the rehearsal of c0',
    'c0 is exported by node1 again: its I/O paused for 1.4 s on the way to node2, and for 1.2 s on the way back; disk and mount are unchanged',
  ])
  expect(placesOf(seen)).toEqual(before)
  expect([hasConstraint(seen), hasLock(seen)]).toEqual([false, false])
})

test('its result and the age of that are in --info, and in its JSON', async () => {
  const seen = cluster()
  await given(seen).run(REHEARSE)
  await seen.system.sleep(3 * 24 * 3600 * 1000)
  const { stdout } = await given(seen).run('storage --info c0').succeeds()
  expect(stdout).toContainEqual(
    expect.stringMatching(/ last rehearsal: +passed 3 days ago: to node2 and back, I\/O paused for 1\.4 s and 1\.2 s$/),
  )
  const json = await given(seen).run('storage --info c0 --json')
  expect(JSON.parse(json.stdout.join('\n')).storages[0].lastRehearsal).toEqual({
    at: '2026-01-01T00:00:00Z',
    ageSeconds: 3 * 24 * 3600,
    isPassed: true,
    node: 'node2',
    pauseSeconds: [1.4, 1.2],
    reason: null,
  })
})

describe('refused, with nothing changed, is a storage', () => {
  const ban = { id: 'cli-ban-c0-export-on-node2', rsc: 'c0-export', node: 'node2', score: '-INFINITY' }
  const drbd = 'version: 8.4.11 (api:1)\n 0: cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----\n'
  const rows: readonly (readonly [what: string, change: (seen: FakeCluster) => unknown, why: RegExp])[] = [
    [
      'whose export is banned from the other side',
      seen => {
        seen.cib = withChildren(seen.cib, 'constraints', element('rsc_location', ban))
      },
      /node2 could not take over its export: the constraint cli-ban-c0-export-on-node2 bans .*crm_resource --clear/,
    ],
    [
      'that Pacemaker does not manage',
      seen => {
        seen.cib = withMeta(seen.cib, 'c0-export', 'is-managed', 'false')
      },
      /c0-export has is-managed=false/,
    ],
    [
      'that is being brought up to date',
      seen => node(seen, 'node1').system.put('/proc/drbd', drbd),
      /its two sides are not both connected and up to date/,
    ],
    [
      'whose other side has no room for notes',
      seen =>
        node(seen, 'node2').system.tools.set('sh', () => ({
          status: 0,
          stdout: RECORDED.replace('/run 50817 ', '/run 100 '),
        })),
      /node2 could not take over its export: the file system of \/run is full/,
    ],
    [
      'whose exporter could not take it back',
      seen =>
        node(seen, 'node1').system.tools.set('sh', () => ({
          status: 0,
          stdout: RECORDED.replace('/run 50817 ', '/run 100 '),
        })),
      /node1 could not take it back: the file system of \/run is full/,
    ],
    [
      'in a cluster in maintenance mode',
      seen => {
        const pair = element('nvpair', { id: 'options-m', name: 'maintenance-mode', value: 'true' })
        seen.cib = withChildren(seen.cib, 'crm_config', element('cluster_property_set', { id: 'more' }, [pair]))
      },
      /the cluster is in maintenance mode/,
    ],
    [
      'whose other storage node is in standby',
      seen => {
        seen.cib = withNodeAttribute(seen.cib, 'node2', 'standby', 'on')
      },
      /node2 could not take over its export: node2 is in standby/,
    ],
    [
      'a part of which does not run',
      seen => {
        const all = seen.active()
        seen.active = () => all.filter(({ id }) => id !== 'c0-filesystem')
      },
      /it does not run completely/,
    ],
    [
      'whose session has failed',
      ({ disk }: FakeCluster & { disk?: FakeDisk }) => disk?.facts.set('node1', { state: 'FAILED' }),
      /its session is in the state FAILED/,
    ],
    [
      'that has become read-only',
      ({ disk }: FakeCluster & { disk?: FakeDisk }) =>
        disk?.facts.set('node1', { mount: '61 /dev/sda ext3 ro,noatime' }),
      /it is not mounted for writing/,
    ],
    [
      'that cannot be read',
      ({ disk }: FakeCluster & { disk?: FakeDisk }) => disk?.facts.set('node1', { unreadable: 'block 0 of /dev/sda' }),
      /it cannot be read \(block 0 of \/dev\/sda\)/,
    ],
  ]

  test.each(rows)('%s', async (_, change, why) => {
    const seen = cluster()
    change(seen)
    const { cib } = seen
    const { stderr } = await given(seen).run(REHEARSE).isRefused(why)
    expect(stderr[0]).toMatch(/^vhacs: c0 cannot be rehearsed: .* \(nothing was changed\)$/)
    expect(changes(seen)).toEqual([])
    expect(seen.cib).toBe(cib)
  })

  test('in standby', async () => {
    const seen = cluster({ ...c0, state: 'standby' })
    await given(seen)
      .run(REHEARSE)
      .isRefused(/it is in standby/)
    expect(changes(seen)).toEqual([])
  })
})

test('of several, none is moved if one is not ready', async () => {
  const seen = cluster(c0, bare)
  seen.cib = withMeta(seen.cib, 'West-1-export', 'is-managed', 'false')
  await given(seen)
    .run('storage --rehearse ALL')
    .isRefused(/West-1 cannot be rehearsed: /)
  expect(changes(seen)).toEqual([])
})

test('several are rehearsed one after the other', async () => {
  const seen = cluster(c0, bare)
  const { stdout } = await given(seen).run('storage --rehearse ALL').succeeds()
  expect(linesOf(stdout).filter(line => / (is exported by|from) /.test(line))).toEqual([
    'moving the export of c0 from node1 to node2',
    'moving the export of c0 from node2 to node1',
    expect.stringMatching(/^c0 is exported by node1 again/),
    'moving the export of West-1 from node2 to node1',
    'moving the export of West-1 from node1 to node2',
    expect.stringMatching(/^West-1 is exported by node2 again/),
  ])
})

test('a dry run shows the changes, and makes none', async () => {
  const seen = cluster()
  const { cib } = seen
  const { stdout } = await given(seen).run(`${REHEARSE} --dry-run`).succeeds()
  expect(stdout.filter(line => /^node1: (cibadmin|crm_attribute)/.test(line))).toEqual([
    'node1: cibadmin --patch --xml-pipe',
    'node1: cibadmin --patch --xml-pipe',
    expect.stringMatching(/^node1: cibadmin --delete --xpath .*c0-rehearsal-location/),
    expect.stringMatching(/^node1: crm_attribute --node node1 --name vhacs-rehearsal-c0 /),
  ])
  expect(seen.cib).toBe(cib)
  expect(exporterOf(seen)).toBe('node1')
})

describe('the timer', () => {
  const NIGHTLY = 'storage --rehearse ALL --nightly'
  const HOUR = 3600 * 1000
  const third = { ...c0, name: 'c3', minor: 3, directory: '/srv/c3', iqn: `${c0.iqn}3`, address: '10.77.1.103' }
  const rehearsed = (stdout: readonly string[]) =>
    stdout.flatMap(line => / (\S+) is exported by \S+ again/.exec(line)?.[1] ?? [])

  test('rehearses every night the storage that was not rehearsed for the longest time', async () => {
    const seen = cluster(c0, bare, third)
    const nights: string[][] = []
    for (let night = 0; night < 4; night += 1) {
      nights.push(rehearsed((await given(seen).run(NIGHTLY).succeeds()).stdout))
      await seen.system.sleep(24 * HOUR)
    }
    expect(nights).toEqual([['c0'], ['c3'], ['West-1'], ['c0']])
  })

  test('does nothing on a node that does not coordinate the cluster', async () => {
    const seen = cluster()
    seen.coordinator = 'node2'
    await given(seen)
      .run(NIGHTLY)
      .succeeds([expect.stringMatching(/ nothing to do on this node: node2 coordinates the cluster$/)])
    expect(changes(seen)).toEqual([])
  })

  test('does nothing if a storage was rehearsed a short time ago: another node coordinated the cluster then', async () => {
    const seen = cluster(c0, bare)
    await given(seen).run(NIGHTLY).succeeds()
    await seen.system.sleep(HOUR)
    const { stdout } = await given(seen).run(NIGHTLY).succeeds()
    expect(linesOf(stdout)).toEqual(['nothing to do: c0 was rehearsed less than 6 hours ago'])
  })

  test('passes over a storage that is not ready, and says why', async () => {
    const seen = cluster(c0, bare)
    seen.cib = withMeta(seen.cib, 'c0-export', 'is-managed', 'false')
    const { stdout } = await given(seen).run(NIGHTLY).succeeds()
    expect(stdout[0]).toMatch(/ c0 cannot be rehearsed: .*c0-export has is-managed=false/)
    expect(rehearsed(stdout)).toEqual(['West-1'])
  })

  test('fails if no storage is ready', async () => {
    const seen = cluster()
    seen.cib = withMeta(seen.cib, 'c0-export', 'is-managed', 'false')
    await given(seen)
      .run(NIGHTLY)
      .isRefused(/^vhacs: no storage can be rehearsed: c0 cannot be rehearsed: /)
    expect(changes(seen)).toEqual([])
  })

  test.each([
    ['none is active', { ...c0, state: 'standby' } as const],
    ['there is none', undefined],
  ])('has nothing to do if %s', async (_, cloud) => {
    const seen = fakeCluster(cloud ? [cloud] : [])
    const { stdout } = await given(seen).run(NIGHTLY).succeeds()
    expect(linesOf(stdout)).toEqual(['nothing to do: no storage is active'])
  })
})

test('a storage that is destroyed takes its result with it, and no other one', async () => {
  const seen = cluster(c0, bare)
  await given(seen).run('storage --rehearse ALL').succeeds()
  seen.active = () => activeIn(seen.cib)
  await given(seen).run('storage --destroy c0 --yes').succeeds()
  expect(seen.cib).not.toContain('vhacs-rehearsal-c0')
  expect(seen.cib).toContain('vhacs-rehearsal-West-1')
})

describe('--check', () => {
  const LEFT = 'an interrupted rehearsal of c0 has left its constraint'
  const whatItSays = async (seen: FakeCluster) =>
    (await given(seen).run('cluster --check')).stdout.filter(line => /^\w+: .*rehears/.test(line))

  /** The cluster after the death of the node that has moved the export. */
  async function interrupted() {
    const seen = cluster()
    seen.disturb = () => (hasConstraint(seen) ? 'fails' : undefined)
    await given(seen).run(REHEARSE)
    seen.disturb = () => undefined
    return seen
  }

  test('names the constraint of a rehearsal that was interrupted, once it has expired', async () => {
    const seen = await interrupted()
    // as long as it is in force, a rehearsal may be in progress: it has the lock
    expect(await whatItSays({ ...seen, system: { ...seen.system, now: () => BEGIN } })).toEqual([])
    await seen.system.sleep(600_000)
    expect(await whatItSays(seen)).toEqual([expect.stringContaining(`${LEFT}, which has an effect no more`)])
  })

  test('names one that is in force if no vhacs is at work', async () => {
    const seen = await interrupted()
    seen.cib = edited(seen.cib, ({ attributes }) => (attributes.id === 'vhacs-lock' ? [] : undefined))
    expect(await whatItSays({ ...seen, system: { ...seen.system, now: () => BEGIN } })).toEqual([
      expect.stringContaining(`${LEFT}, which has an effect until 2026-01-01T00:10:00Z`),
    ])
  })

  test('names a rehearsal that has failed, and not one that has passed', async () => {
    const seen = cluster()
    seen.disk.facts.set('node2', { wwid: 'naa.other' })
    await given(seen).run(REHEARSE).fails()
    expect(await whatItSays(seen)).toEqual([
      expect.stringMatching(
        /the last rehearsal of c0, to node2, failed at 2026-01-01T00:00:00Z: c0: exported by node2, its wwid was/,
      ),
    ])
    seen.disk.facts.clear()
    await given(seen).run(REHEARSE).succeeds()
    expect(await whatItSays(seen)).toEqual([])
  })
})
