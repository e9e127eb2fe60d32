import { describe, expect, test } from 'vitest'
import { replicationFindings } from '../../../cli/cluster/check/clouds/replication-findings.ts'
import { majorityFindings } from '../../../cli/cluster/check/majority-findings.ts'
import { readCluster } from '../../../cloud/cib/read/cluster.ts'
import { drbdConfig } from '../../../cloud/compose/drbd/config.ts'
import { majorityObstacles } from '../../../cloud/readiness/obstacles/majority.ts'
import { type FakeCluster, fakeCluster, node } from '../../fake/cluster/cluster.ts'
import { contentOf, given, run } from '../cli/call.ts'
import { c0, threeSides } from '../cloud/examples.ts'
import { type Connection, derived } from './derived.ts'
import { PROC_DRBD } from './recorded.ts'

/*
 * The command on a storage with three sides. No module with two peers was recorded: the states here are derived, each from recorded ones
 * of two sides, by putting their connections together.
 */

const NAMES = ['node1', 'node2', 'node3']

const GOOD: Connection = 'uptodate-primary.node1'
const AWAY: Connection = 'peer-down-primary.node2'

/** Three nodes, on which the storage c0 shows these connections to the two others. */
function clusterOf(
  shown: Readonly<Record<string, readonly Connection[]>> = {},
  options: Parameters<typeof derived>[2] = {},
) {
  const cluster = fakeCluster([threeSides])
  for (const name of NAMES) {
    const { system } = node(cluster, name)
    system.put('/proc/drbd', PROC_DRBD)
    const before = system.tools.get('drbdsetup')
    const text = derived(name, shown[name] ?? [GOOD, GOOD], shown[name] ? options : {})
    system.tools.set('drbdsetup', (args, rest) =>
      args[0] === 'status' ? { status: 0, stdout: text } : (before?.(args, rest) ?? 20),
    )
  }
  return cluster
}

const infoOf = async (cluster: FakeCluster) =>
  (await run(cluster.system, 'storage -i c0')).stdout
    .filter(line => /^ *(DRBD on|replication:)/.test(line))
    .map(line => line.trim().replace(/: +/, ': '))

describe('storage --info', () => {
  test('shows both connections of each side', async () => {
    expect(await infoOf(clusterOf())).toEqual([
      'DRBD on node1: Primary, UpToDate, node2: Connected UpToDate, node3: Connected UpToDate',
      'DRBD on node2: Secondary, UpToDate, node1: Connected UpToDate, node3: Connected UpToDate',
      'DRBD on node3: Secondary, UpToDate, node1: Connected UpToDate, node2: Connected UpToDate',
      'replication: /dev/drbd0, port 7800, in sync',
    ])
  })

  test('shows a peer that is away, and one that is resynced', async () => {
    const [first, ...others] = await infoOf(clusterOf({ node1: ['syncsource.node1', AWAY] }))
    expect(first).toMatch(
      /^DRBD on node1: Primary, UpToDate, node2: SyncSource Inconsistent [\d.]+% synchronised .* out of sync, node3: Connecting DUnknown/,
    )
    expect(others.at(-1)).toContain('not in sync')
  })

  test('shows that a side has no quorum', async () => {
    expect((await infoOf(clusterOf({ node1: [AWAY, AWAY] }, { hasQuorum: false })))[0]).toContain(
      'DRBD on node1: Primary, UpToDate, no quorum, I/O is suspended: no quorum, node2: Connecting DUnknown',
    )
  })

  test('does not take a side for in sync that does not know one of the others', async () => {
    expect(await infoOf(clusterOf({ node2: [GOOD, 'none'] }))).toEqual(
      expect.arrayContaining([
        'DRBD on node2: ? (DRBD has no connection to node3, Secondary, UpToDate)',
        expect.stringContaining('not in sync'),
      ]),
    )
  })

  test('has the state of each connection in JSON, and that of the worse one where two sides have one', async () => {
    const { stdout } = await run(clusterOf({ node1: [GOOD, AWAY] }).system, 'storage -i c0 --json')
    const { replication } = JSON.parse(stdout.join('\n')).storages[0].sides[0]
    expect(replication).toMatchObject({ connection: 'Connecting', peerDisk: 'DUnknown', hasQuorum: true })
    expect(replication.peers).toEqual([
      { node: 'node2', connection: 'Connected', disk: 'UpToDate', outOfSyncBytes: 0, syncedPercent: null },
      expect.objectContaining({ node: 'node3', connection: 'Connecting', disk: 'DUnknown' }),
    ])
  })
})

test('a table has a column for the third side, if a storage has one', async () => {
  const heading = async (cluster: FakeCluster) =>
    (await run(cluster.system, 'storage -l')).stdout.find(line => line.includes('DRBD:0'))
  expect(await heading(clusterOf())).toMatch(/DRBD:0 +\| DRBD:1 +\| DRBD:2 +\| DRBD TARGET/)
  expect(await heading(fakeCluster([c0]))).not.toContain('DRBD:2')
})

describe('cluster --check', () => {
  const findings = async (cluster: FakeCluster) => {
    const examinations = NAMES.map(name => ({
      ...{ node: name, clockLeadSeconds: 0, clockDoubtSeconds: 0 },
      sections: new Map([
        ['replication', PROC_DRBD],
        ['drbd-status', '[]'],
      ]),
    }))
    const active = new Map([['c0-drbd', []]]) as never
    return (await replicationFindings(cluster.system, threeSides, { active, cib: cluster.cib, examinations })).map(
      ({ what }) => what,
    )
  }

  test('names the connection that is missing', async () => {
    expect(await findings(clusterOf())).toEqual([])
    expect(await findings(clusterOf({ node1: [GOOD, AWAY] }))).toEqual([
      expect.stringContaining(
        'c0 is not in sync: node1 Connected to node2 and Connecting to node3, UpToDate; node2 Connected',
      ),
    ])
  })

  const file = (change: (text: string) => string) => {
    const ends = NAMES.map((name, index) => ({ node: name, address: `10.77.3.${index + 1}` }))
    const text = change(drbdConfig(threeSides, { ends, major: 9, secret: 'a' }))
    const configurations = `/etc/drbd.d/c0.res\n${text.replaceAll(/^/gm, ' ')}`
    const sections = new Map([
      ['resources', 'c0.res'],
      ['configurations', configurations],
    ])
    return { node: 'node2', clockLeadSeconds: 0, clockDoubtSeconds: 0, sections }
  }

  test.each([
    ['as it was written', (text: string) => text, []],
    [
      'without quorum',
      (text: string) => text.replace('quorum majority', 'quorum off'),
      [/quorum is not majority on node2/],
    ],
    ['without the option', (text: string) => text.replace('\t\tquorum majority;\n', ''), [/quorum is not majority/]],
    [
      'with errors for I/O',
      (text: string) => text.replace('suspend-io', 'io-error'),
      [/on-no-quorum is not suspend-io/],
    ],
  ])('warns of a file %s', (_, change, expected) => {
    const found = majorityFindings([file(change)], { clouds: [threeSides, c0] }).map(({ what }) => what)
    expect(found).toEqual(expected.map(what => expect.stringMatching(what)))
  })
})

describe('without a node', () => {
  const active = (...nodes: string[]) => nodes.map(name => ({ id: 'c0-drbd', node: name }))

  test('a majority of the sides is enough, and one side is not', () => {
    expect(majorityObstacles(threeSides, 'node1', active(...NAMES))).toEqual([])
    expect(majorityObstacles(threeSides, 'node1', active('node1', 'node2'))).toEqual([
      expect.objectContaining({
        what: 'DRBD promotes c0 only with a majority of its 3 sides, and without node1 only node2 would be up',
      }),
    ])
    expect(majorityObstacles(c0, 'node1', active('node1'))).toEqual([])
  })
})

/** A cluster whose nodes have these versions of DRBD, not loaded. */
function clusterWith(...versions: readonly string[]): FakeCluster {
  const cluster = fakeCluster()
  for (const [index, version] of versions.entries()) node(cluster, NAMES[index] ?? '').drbdVersion = version
  return cluster
}

const CREATE = 'storage --create c1 --size 1G --copies 3'

describe('storage --create --copies 3', () => {
  test('creates it on three nodes, with the same file', async () => {
    const cluster = clusterWith('9.3.3', '9.3.3', '9.3.3')
    await given(cluster).run(`${CREATE} --nodes node2,node1,node3`).succeeds()
    const texts = NAMES.map(name => node(cluster, name).system.read('/etc/drbd.d/c1.res'))
    expect(texts[0]).toMatch(/on node2 \{\n\t\tnode-id 0;.*on node3 \{\n\t\tnode-id 2;.*hosts node2 node1 node3;/s)
    expect(new Set(texts).size).toBe(1)
    expect(readCluster(cluster.cib).clouds[0]?.storageNodes).toEqual(['node2', 'node1', 'node3'])
    expect(cluster.nodes.map(({ volumes }) => volumes.has('c1'))).toEqual([true, true, true])
    const waits = cluster.ran.filter(({ words }) => words.includes('wait-connect')).map(ran => ran.node)
    expect(new Set(waits)).toEqual(new Set(['node2', 'node1']))
  })

  test.each([
    ['8.4', ['8.4.11', '8.4.11', '8.4.11']],
    ['8.4 on one of them', ['9.3.3', '9.3.3', '8.4.11']],
  ])('changes nothing where DRBD is %s', async (_, versions) => {
    const cluster = clusterWith(...versions)
    const before = contentOf(cluster)
    await given(cluster)
      .run(CREATE)
      .isRefused(
        /c1: .*node3 has DRBD 8\.4\.11: node1, node2 and node3 must all have DRBD 9, because DRBD 8\.4 replicates between two/,
      )
    expect(contentOf(cluster)).toEqual(before)
  })

  test.each([
    ['4', /--copies: expected 2, or 3 with DRBD 9, got "4"/],
    ['1', /--copies: expected 2/],
    ['three', /--copies: expected 2/],
    [
      '3 --nodes node1,node2',
      /--nodes: expected at least three different nodes, like alpha,beta,gamma, got "node1,node2"/,
    ],
  ])('refuses %s', async (copies, message) => {
    await given(clusterWith('9.3.3', '9.3.3', '9.3.3'))
      .run(`storage --create c1 --size 1G --copies ${copies}`)
      .isRefused(message)
  })

  test('names the nodes that do not have room', async () => {
    const cluster = clusterWith('9.3.3', '9.3.3', '9.3.3')
    node(cluster, 'node3').sizeBytes = 0
    await given(cluster)
      .run(CREATE)
      .isRefused(/three storage nodes with 1024 MiB free in volume group vhacs are needed/)
  })
})

test('storage --destroy removes the data from all three nodes', async () => {
  const cluster = clusterOf()
  await given(cluster).run('storage --destroy c0 --yes').succeeds()
  expect(cluster.nodes.map(({ volumes }) => volumes.has('c0'))).toEqual([false, false, false])
  expect(readCluster(cluster.cib).clouds).toEqual([])
})

describe('what three sides do not have', () => {
  test('growth', async () => {
    await given(clusterOf())
      .run('storage --grow c0 --size 2G')
      .isRefused(/it has three sides/)
  })

  test('a choice of the changes to discard', async () => {
    await given(clusterOf())
      .run('storage --unfail c0 --discard node1 --yes')
      .isRefused(/end its split brain by hand, on the node whose changes are to be lost: "drbdadm disconnect c0; /)
  })
})

test('storage --setsecret changes all three files', async () => {
  const cluster = clusterOf()
  const before = NAMES.map(name => node(cluster, name).system.read('/etc/drbd.d/c0.res'))
  await given(cluster).run('storage --setsecret c0').succeeds()
  const after = NAMES.map(name => node(cluster, name).system.read('/etc/drbd.d/c0.res'))
  expect(new Set(after).size).toBe(1)
  expect(after[0]).not.toBe(before[0])
})
