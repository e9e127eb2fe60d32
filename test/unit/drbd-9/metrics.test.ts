import { describe, expect, test } from 'vitest'
import type { Cloud } from '../../../cloud/cloud.ts'
import { metricsNode } from '../../fake/nodes/metrics-node.ts'
import type { FakeTool } from '../../fake/system.ts'
import { brokenParts, readMetrics, valuesOf } from '../cli/metrics/read-metrics.ts'
import { c0, threeSides } from '../cloud/examples.ts'
import { derived } from './derived.ts'
import { PROC_DRBD, recorded } from './recorded.ts'

/* `vhacs metrics` where DRBD 9 runs: the recorded states of two sides, and derived ones of three. */

const here: Cloud = { ...c0, preferredVhosts: ['node1', 'node2'] }

/** node1 with a storage, whose DRBD prints this. */
function nodeShowing(text: string, clouds = [here]) {
  const node = metricsNode(clouds)
  node.system.put('/proc/drbd', PROC_DRBD)
  node.system.tools.set('drbdsetup', args =>
    args.join(' ') === 'status --json' ? { status: 0, stdout: text } : { status: 20, stderr: 'USAGE: drbdsetup' },
  )
  return node
}

/** The metrics of DRBD, each as `name labels value` without the storage c0. */
async function drbdOf(text: string, clouds = [here]): Promise<string[]> {
  const { series } = await readMetrics(nodeShowing(text, clouds).system)
  expect(brokenParts(series)).toEqual([])
  const names = new Set(series.map(({ name }) => name).filter(name => /^vhacs_drbd_(?!module)/.test(name)))
  return [...names].flatMap(name =>
    valuesOf(series, name.slice('vhacs_'.length)).map(
      value => `${name.slice('vhacs_drbd_'.length)} ${value.replace('c0 ', '')}`,
    ),
  )
}

test('a healthy pair has what it has with DRBD 8.4', async () => {
  expect(await drbdOf(recorded('uptodate-primary.node1'))).toEqual([
    'role Primary 1',
    'peer_role node2 Secondary 1',
    'connection_state node2 Connected 1',
    'connected node2 1',
    'disk_state UpToDate 1',
    'peer_disk_state node2 UpToDate 1',
    'up_to_date 1',
    'io_suspended 0',
    'has_quorum 1',
    'split_brain 0',
    'out_of_sync_bytes node2 0',
    `size_bytes ${2_097_080 * 512}`,
  ])
  const eight = await readMetrics(metricsNode([here]).system)
  const nine = await readMetrics(nodeShowing(recorded('uptodate-primary.node1')).system)
  const withoutVersion = ({ series }: typeof eight) =>
    series.filter(({ name }) => name.startsWith('vhacs_drbd_') && name !== 'vhacs_drbd_module_info')
  expect(withoutVersion(nine)).toEqual(withoutVersion(eight))
})

test.each<[string, string[]]>([
  [
    'syncsource.node1',
    [
      'connection_state node2 SyncSource 1',
      'connected node2 1',
      'peer_disk_state node2 Inconsistent 1',
      'resync_ratio node2 0.1458',
      'up_to_date 1',
    ],
  ],
  [
    'synctarget.node2',
    [
      'connection_state node1 SyncTarget 1',
      'disk_state Inconsistent 1',
      `resync_ratio node1 ${5.05 / 100}`,
      'up_to_date 0',
    ],
  ],
  [
    'peer-down-primary.node2',
    [
      'connection_state node1 Connecting 1',
      'connected node1 0',
      'peer_role node1 Unknown 1',
      'peer_disk_state node1 DUnknown 1',
      `out_of_sync_bytes node1 ${400 * 1024}`,
    ],
  ],
  ['split-brain.node1', ['connection_state node2 StandAlone 1', 'connected node2 0', 'split_brain 0']],
  ['diskless-primary.node2', ['disk_state Diskless 1', 'up_to_date 0', 'role Primary 1']],
  ['peer-diskless.node1', ['peer_disk_state node2 Diskless 1', 'peer_role node2 Primary 1', 'connected node2 1']],
  ['suspended-fencing.node1', ['io_suspended 1', 'connection_state node2 Connecting 1', 'role Primary 1']],
  ['suspended-user.node1', ['io_suspended 1', 'connected node2 1']],
  ['outdated-standalone.node2', ['disk_state Outdated 1', 'connection_state node1 StandAlone 1', 'up_to_date 0']],
  ['two-volumes-second-diskless.node1', ['disk_state Diskless 1', 'up_to_date 0']],
  ['resource-and-minor-only.node1', ['disk_state Diskless 1', 'role Secondary 1']],
])('%s', async (state, expected) => {
  const found = await drbdOf(recorded(state))
  expect(found).toEqual(expect.arrayContaining(expected))
  expect(found.filter(line => line.includes(' other '))).toEqual([])
  // a ratio only while something runs
  expect(found.some(line => line.startsWith('resync_ratio'))).toBe(/^sync/.test(state))
})

describe('a split brain', () => {
  const splitIn = async (text: string, marker: string, clouds = [here]) => {
    const node = nodeShowing(text, clouds)
    node.system.put('/run/vhacs/split-brain-c0', marker)
    return valuesOf((await readMetrics(node.system)).series, 'drbd_split_brain')
  }

  test('is one until the sides are connected again', async () => {
    expect(await splitIn(recorded('split-brain.node1'), '')).toEqual(['c0 1'])
    expect(await splitIn(recorded('split-brain.node1'), 'node2\n')).toEqual(['c0 1'])
    expect(await splitIn(recorded('uptodate-primary.node1'), '')).toEqual(['c0 0'])
  })

  test('with one of two peers is not one because the other one is away', async () => {
    const text = derived('node1', ['uptodate-primary.node1', 'peer-down-primary.node2'])
    expect(await splitIn(text, 'node3\n', [threeSides])).toEqual(['c0 1'])
    expect(await splitIn(text, 'node2\n', [threeSides])).toEqual(['c0 0'])
  })
})

test('of three sides, each connection has its own series, and no two are the same', async () => {
  const found = await drbdOf(derived('node1', ['syncsource.node1', 'peer-down-primary.node2']), [threeSides])
  expect(found).toEqual(
    expect.arrayContaining([
      'connection_state node2 SyncSource 1',
      'connection_state node3 Connecting 1',
      'connected node2 1',
      'connected node3 0',
      'peer_disk_state node2 Inconsistent 1',
      'resync_ratio node2 0.1458',
      `out_of_sync_bytes node3 ${400 * 1024}`,
      'has_quorum 1',
    ]),
  )
  expect(found.filter(line => line.startsWith('role '))).toEqual(['role Primary 1'])
})

test('a side without a majority has no quorum, and holds its I/O', async () => {
  const away = 'peer-down-primary.node2'
  const found = await drbdOf(derived('node1', [away, away], { hasQuorum: false }), [threeSides])
  expect(found).toEqual(
    expect.arrayContaining(['has_quorum 0', 'io_suspended 1', 'connected node2 0', 'connected node3 0']),
  )
})

test('one drbdsetup for all storages, beside crm_mon; nothing is changed', async () => {
  const others = ['c1', 'c2'].map((name, index) => ({ ...here, name, minor: index + 1, directory: `/srv/${name}` }))
  const [one] = JSON.parse(recorded('uptodate-primary.node1'))
  const all = [here, ...others].map(({ name, minor }) => ({ ...one, name, devices: [{ ...one.devices[0], minor }] }))
  const { system } = nodeShowing(JSON.stringify(all), [here, ...others])
  const { series } = await readMetrics(system)
  expect(valuesOf(series, 'drbd_role')).toEqual(['c0 Primary 1', 'c1 Primary 1', 'c2 Primary 1'])
  expect(system.commands.map(([tool]) => tool).toSorted()).toEqual(['crm_mon', 'drbdsetup'])
  expect(system.changes).toEqual([])
})

test('where no device is up, drbdsetup is not run', async () => {
  const { system } = nodeShowing('[\n]\n')
  system.take('/sys/block/drbd0')
  const { series } = await readMetrics(system)
  expect(brokenParts(series)).toEqual([])
  expect(valuesOf(series, 'drbd_module_info')).toEqual(['9.3.3 1'])
  expect(valuesOf(series, 'drbd_role')).toEqual([])
  expect(system.commands.map(([tool]) => tool)).toEqual(['crm_mon'])
})

test('resources that are no storages of this node are left out; without the CIB, all are printed', async () => {
  const [one] = JSON.parse(recorded('uptodate-primary.node1'))
  const { system } = nodeShowing(JSON.stringify([one, { ...one, name: 'mine' }]))
  expect(valuesOf((await readMetrics(system)).series, 'drbd_role')).toEqual(['c0 Primary 1'])
  system.take('/var/lib/pacemaker')
  expect(valuesOf((await readMetrics(system)).series, 'drbd_role')).toEqual(['c0 Primary 1', 'mine Primary 1'])
})

describe('what cannot be read is a fault of DRBD alone, and the version is known', () => {
  test.each<[string, FakeTool | undefined, RegExp]>([
    ['drbdsetup is not installed', undefined, /drbdsetup/],
    [
      'drbdsetup fails',
      () => ({ status: 20, stderr: 'error creating netlink socket\n' }),
      /error creating netlink socket/,
    ],
    [
      'drbdsetup is for DRBD 8.4',
      () => ({ status: 20, stderr: "unrecognized option '--json'\n" }),
      /drbd-utils .* do not match/,
    ],
    ['drbdsetup hangs', () => ({ status: undefined, stderr: 'timed out after 8 s' }), /timed out after 8 s/],
    ['its output is no JSON', () => ({ status: 0, stdout: '[{' }), /unexpected output/],
  ])('%s', async (_, answer, why) => {
    const { system } = nodeShowing('')
    if (answer) system.tools.set('drbdsetup', answer)
    else system.tools.delete('drbdsetup')
    const { series, status, stderr } = await readMetrics(system)
    expect({ status, broken: brokenParts(series) }).toEqual({ status: 0, broken: ['drbd'] })
    expect(stderr).toEqual([expect.stringMatching(why)])
    expect(valuesOf(series, 'drbd_module_info')).toEqual(['9.3.3 1'])
    expect(valuesOf(series, 'drbd_role')).toEqual([])
    expect(valuesOf(series, 'target_enabled')).toEqual(['c0 1'])
  })

  test('a resource of unknown form, which leaves the other ones as they are', async () => {
    const [one] = JSON.parse(recorded('uptodate-primary.node1'))
    const other = { ...here, name: 'c1', minor: 1, directory: '/srv/c1' }
    const { system } = nodeShowing(
      JSON.stringify([
        { ...one, role: 'Chief' },
        { ...one, name: 'c1' },
      ]),
      [here, other],
    )
    const { series, stderr } = await readMetrics(system)
    expect(brokenParts(series)).toEqual(['drbd'])
    expect(stderr).toEqual([expect.stringContaining('unexpected role "Chief"')])
    expect(valuesOf(series, 'drbd_role')).toEqual(['c1 Primary 1'])
  })
})

test('a resource without a volume has no state', async () => {
  const [one] = JSON.parse(recorded('uptodate-primary.node1'))
  expect(await drbdOf(JSON.stringify([{ ...one, devices: [] }]))).toEqual([])
})
