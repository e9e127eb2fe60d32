import { describe, expect, test } from 'vitest'
import { resourcesIn } from '../../../cli/clouds/resolve/inventory.ts'
import { readCluster } from '../../../cloud/cib/read/cluster.ts'
import type { Cloud, StorageNodes } from '../../../cloud/cloud.ts'
import { drbdConfig } from '../../../cloud/compose/drbd/config.ts'
import { type FakeCluster, fakeCluster, node } from '../../fake/cluster/cluster.ts'
import { resourceFiles } from '../../fake/cluster/drbdadm.ts'
import { contentOf, given } from '../cli/call.ts'
import { withPromotionScore } from '../cloud/cib.ts'
import { c0, threeSides } from '../cloud/examples.ts'
import { simulate } from '../cloud/pacemaker.ts'

/* A file of clouds where DRBD 9 runs, with two sides and with three. */

const NAMES = ['node1', 'node2', 'node3']
const NINE = ['9.3.3', '9.3.3', '9.3.3']
const EIGHT_ON_ONE = ['9.3.3', '9.3.3', '8.4.11']

const inNetwork = {
  address: '192.0.2.100',
  initiators: NAMES.map(name => `iqn.2004-10.com.debian:${name}`),
}
const two: Cloud = { ...c0, ...inNetwork }
const three: Cloud = { ...threeSides, ...inNetwork }

/** A cluster in which these clouds run on DRBD 9, as far as their nodes have it, and a file with this text. */
function clusterWith(cloud: Cloud | undefined, text: string, versions: readonly string[] = NINE): FakeCluster {
  const cluster = fakeCluster(cloud ? [cloud] : [])
  for (const [index, version] of versions.entries()) node(cluster, NAMES[index] ?? '').drbdVersion = version
  if (cloud) {
    cluster.cib = runningCib(cluster, cloud)
    putFiles(cluster, cloud, cloud.storageNodes)
  }
  cluster.system.put('/root/clouds.yaml', text)
  return cluster
}

/** Each is simulated once. */
const running = new Map<string, string>()

function runningCib({ cib: stopped }: FakeCluster, cloud: Cloud): string {
  const key = JSON.stringify(cloud)
  const scored = () =>
    cloud.storageNodes.reduce((cib, name) => withPromotionScore(cib, name, 'c0-drbd', 10_000), stopped)
  const cib = running.get(key) ?? [1, 2, 3, 4].reduce(before => simulate(before).cib, scored())
  running.set(key, cib)
  return cib
}

/** The files for DRBD 9, with the sides in this order. */
function putFiles(cluster: FakeCluster, cloud: Cloud, order: readonly string[]): void {
  const ends = order.map(name => ({ node: name, address: `192.0.2.${NAMES.indexOf(name) + 1}` }))
  const text = drbdConfig(cloud, { ends, major: 9, secret: 'x' })
  for (const name of order) node(cluster, name).system.put('/etc/drbd.d/c0.res', text)
}

const compose = (cluster: FakeCluster, options: string) => given(cluster).run(`compose /root/clouds.yaml ${options}`)
const cloudsIn = ({ cib }: FakeCluster) => readCluster(cib).clouds
const fileOn = (cluster: FakeCluster, name: string) => node(cluster, name).system.read('/etc/drbd.d/c0.res')
const listed = (nodes: readonly string[]) => `clouds: [{name: c0, storage: [${nodes.join(', ')}]}]\n`

describe('another number of sides than the data have is refused, and nothing is changed', () => {
  test.each<[string, Cloud, StorageNodes, string]>([
    [
      'a third one for two',
      two,
      ['node1', 'node2', 'node3'],
      'the data of c0 are on node1 and node2, and a change of this file neither adds a side nor removes one: name these two nodes, in either order, or create another cloud and copy the data',
    ],
    [
      'two for three',
      three,
      ['node1', 'node2'],
      'the data of c0 are on node1, node2 and node3, and a change of this file neither adds a side nor removes one: name these nodes, in any order, or create another cloud and copy the data',
    ],
    [
      'two for three, without the preferred one',
      three,
      ['node3', 'node2'],
      'and a change of this file neither adds a side nor removes one',
    ],
  ])('%s', async (_, cloud, nodes, message) => {
    const cluster = clusterWith(cloud, listed(nodes))
    const before = contentOf(cluster)
    for (const options of ['--diff', '--apply', '--apply --interrupt --attach', '--apply --interrupt --detach']) {
      const { stderr } = await compose(cluster, options).isRefused(undefined, [])
      expect(stderr).toEqual([
        expect.stringContaining(message),
        'vhacs: /root/clouds.yaml has 1 problem; nothing was changed',
      ])
      expect(contentOf(cluster)).toEqual(before)
    }
  })

  test('a fourth one is no file of clouds', async () => {
    const cluster = clusterWith(three, listed([...NAMES, 'node4']))
    const { stderr } = await compose(cluster, '--apply').isRefused()
    expect(stderr[0]).toMatch(/^\/root\/clouds\.yaml:1:\d+: .*storage/)
  })
})

describe('the order of three sides', () => {
  test('of the two that are equal changes nothing', async () => {
    const cluster = clusterWith(three, listed(['node1', 'node3', 'node2']))
    const before = contentOf(cluster)
    await compose(cluster, '--diff').succeeds(['nothing changes'])
    await compose(cluster, '--apply').succeeds(['nothing changes'])
    expect(contentOf(cluster)).toEqual(before)
  })

  test('prefers the first one, interrupts nothing, and leaves the numbers of the nodes as they are', async () => {
    const cluster = clusterWith(three, listed(['node3', 'node1', 'node2']))
    const files = NAMES.map(name => fileOn(cluster, name))
    await compose(cluster, '--diff').succeeds([
      '~ cloud c0',
      '    storage nodes, the preferred one first: node1, node2, node3 -> node3, node1, node2',
    ])
    await compose(cluster, '--apply').succeeds()
    expect(cloudsIn(cluster)).toEqual([{ ...three, storageNodes: ['node3', 'node1', 'node2'] }])
    expect(NAMES.map(name => fileOn(cluster, name))).toEqual(files)
    await compose(cluster, '--apply').succeeds(['nothing changes'])
  })
})

test('a cloud with three sides is shown and created, each with the same file', async () => {
  const cluster = clusterWith(undefined, 'clouds: [{name: c0, size: 1G, storage: [node2, node3, node1]}]\n')
  const before = contentOf(cluster)
  const { stdout } = await compose(cluster, '--diff').succeeds()
  expect(stdout[0]).toContain('+ cloud c0: 1G on node2, node3 and node1, exported at')
  expect(contentOf(cluster)).toEqual(before)
  await compose(cluster, '--apply').succeeds()
  expect(cloudsIn(cluster)).toMatchObject([{ name: 'c0', storageNodes: ['node2', 'node3', 'node1'] }])
  expect(new Set(NAMES.map(name => fileOn(cluster, name))).size).toBe(1)
  expect(fileOn(cluster, 'node1')).toMatch(/on node2 \{\n\t\tnode-id 0;.*hosts node2 node3 node1;/s)
  await compose(cluster, '--diff').succeeds(['nothing changes'])
})

describe('where one node has DRBD 8.4', () => {
  const refusal =
    /^vhacs: c0: node1 has DRBD 9\.3\.3, node2 has DRBD 9\.3\.3, node3 has DRBD 8\.4\.11: node1, node2 and node3 must all have DRBD 9/

  test.each(['--diff', '--apply', '--format drbd'])('%s refuses three sides, and changes nothing', async options => {
    const text = 'clouds: [{name: c0, size: 1G, storage: [node1, node2, node3]}]\n'
    const cluster = clusterWith(undefined, text, EIGHT_ON_ONE)
    const before = contentOf(cluster)
    await compose(cluster, options).isRefused(refusal)
    expect(contentOf(cluster)).toEqual(before)
  })

  test('two sides of both versions are refused likewise', async () => {
    const text = 'clouds: [{name: c0, size: 1G, storage: [node1, node3]}]\n'
    const cluster = clusterWith(undefined, text, EIGHT_ON_ONE)
    const before = contentOf(cluster)
    for (const options of ['--diff', '--apply'])
      await compose(cluster, options).isRefused(/both nodes must have the same major version, 8\.4 or 9/)
    expect(contentOf(cluster)).toEqual(before)
  })

  test('three sides that exist can be changed, and are not adopted', async () => {
    const cluster = clusterWith(three, 'clouds: [{name: c0, vhosts: [node3]}]\n', EIGHT_ON_ONE)
    await compose(cluster, '--apply').succeeds()
    expect(cloudsIn(cluster)).toEqual([{ ...three, preferredVhosts: ['node3'] }])
    cluster.system.put('/root/clouds.yaml', 'clouds: []\n')
    await compose(cluster, '--apply --detach --interrupt').succeeds()
    cluster.system.put('/root/clouds.yaml', 'clouds: [{name: c0}]\n')
    const before = contentOf(cluster)
    for (const options of ['--diff --attach', '--apply --attach']) await compose(cluster, options).isRefused(refusal)
    expect(contentOf(cluster)).toEqual(before)
  })
})

describe('a cloud that was detached', () => {
  async function detached(cloud: Cloud): Promise<FakeCluster> {
    const cluster = clusterWith(cloud, 'clouds: []\n')
    await compose(cluster, '--apply --detach --interrupt').succeeds()
    expect(cloudsIn(cluster)).toEqual([])
    for (const name of cloud.storageNodes) {
      expect(node(cluster, name).volumes.has('c0')).toBe(true)
      expect(resourceFiles(node(cluster, name))).toContain('c0.res')
    }
    return cluster
  }

  test.each([
    ['two', two, 'node1 and node2'],
    ['three', three, 'node1, node2 and node3'],
  ])('with %s sides is adopted with its data', async (_, cloud, nodes) => {
    const cluster = await detached(cloud)
    cluster.system.put('/root/clouds.yaml', 'clouds: [{name: c0, address: 192.0.2.100}]\n')
    const before = contentOf(cluster)
    const { stdout } = await compose(cluster, '--apply --attach').succeeds()
    expect(stdout[0]).toContain(`+ cloud c0: existing data on ${nodes}, exported at 192.0.2.100`)
    expect(cloudsIn(cluster)).toMatchObject([{ name: 'c0', minor: 0, storageNodes: cloud.storageNodes }])
    expect(contentOf(cluster).nodes).toEqual(before.nodes)
  })

  test.each<[string, Cloud, StorageNodes, string]>([
    ['a third side', two, ['node1', 'node2', 'node3'], 'its data are on node1 and node2'],
    ['one side less', three, ['node1', 'node3'], 'its data are on node1, node2 and node3'],
  ])('is not adopted with %s, and keeps its data', async (_, cloud, nodes, reason) => {
    const cluster = await detached(cloud)
    cluster.system.put('/root/clouds.yaml', listed(nodes))
    const before = contentOf(cluster)
    const { stderr } = await compose(cluster, '--apply --attach').isRefused()
    expect(stderr[0]).toContain(`c0 cannot be attached: ${reason}`)
    expect(contentOf(cluster)).toEqual(before)
  })

  test('is adopted with its sides in another order, whose numbers stay', async () => {
    const cluster = await detached(three)
    cluster.system.put('/root/clouds.yaml', listed(['node2', 'node1', 'node3']))
    const before = fileOn(cluster, 'node1')
    await compose(cluster, '--apply --attach').succeeds()
    expect(cloudsIn(cluster)).toMatchObject([{ storageNodes: ['node2', 'node1', 'node3'] }])
    expect(fileOn(cluster, 'node1')).toBe(before)
  })

  test('is not adopted while a volume of its third side is missing', async () => {
    const cluster = await detached(three)
    node(cluster, 'node3').volumes.delete('c0')
    cluster.system.put('/root/clouds.yaml', 'clouds: [{name: c0}]\n')
    const before = contentOf(cluster)
    const { stderr } = await compose(cluster, '--apply --attach').isRefused()
    expect(stderr[0]).toContain('c0 cannot be attached: its volume is missing on node3')
    expect(contentOf(cluster)).toEqual(before)
  })

  test('is not adopted while its third side is unreachable, which is no fault of the file', async () => {
    const cluster = await detached(three)
    node(cluster, 'node3').isUp = false
    cluster.system.put('/root/clouds.yaml', 'clouds: [{name: c0}]\n')
    const before = contentOf(cluster)
    const { status, stderr } = await compose(cluster, '--apply --attach')
    expect({ status, first: stderr[0] }).toEqual({
      status: 1,
      first: expect.stringContaining('c0 cannot be attached: node3 is unreachable'),
    })
    expect(contentOf(cluster)).toEqual(before)
  })
})

describe('--read of three sides', () => {
  test.each<[string, Cloud]>([
    ['as created', three],
    ['with another preferred side', { ...three, storageNodes: ['node3', 'node1', 'node2'] }],
    ['with a secret', { ...three, chap: { initiator: { user: 'u', secret: '/etc/vhacs/a' }, target: undefined } }],
    ['in standby', { ...three, state: 'standby' }],
  ])('%s: its application changes nothing', async (_, cloud) => {
    const cluster = clusterWith(cloud, '')
    const { stdout } = await given(cluster).run('compose --read').succeeds()
    cluster.system.put('/root/clouds.yaml', stdout.join('\n'))
    const before = contentOf(cluster)
    await compose(cluster, '--diff').succeeds(['nothing changes'])
    await compose(cluster, '--apply').succeeds(['nothing changes'])
    expect(contentOf(cluster)).toEqual(before)
    expect(stdout.join('\n')).toContain(`storage:\n      - ${cloud.storageNodes.join('\n      - ')}\n`)
  })
})

test('a larger size of three sides is reported, and does not keep other changes from being made', async () => {
  const cluster = clusterWith(three, 'clouds: [{name: c0, size: 2G, vhosts: [node3]}]\n')
  const note = 'cloud c0 has three sides, and only those with two grow: 2G in the file, 1G on its volume'
  expect((await compose(cluster, '--diff').succeeds()).stdout).toContain(note)
  expect((await compose(cluster, '--apply').succeeds()).stdout).toContain(note)
  expect(cloudsIn(cluster)).toEqual([{ ...three, preferredVhosts: ['node3'] }])
  expect(NAMES.map(name => node(cluster, name).volumes.get('c0')?.sizeBytes)).toEqual([2 ** 30, 2 ** 30, 2 ** 30])
})

test('the sides of a resource are those that it names itself, whatever its connections repeat', () => {
  const host = (name: string, content: string) => `<host name="${name}">${content}</host>`
  const address = (number: number) => `<address family="ipv4" port="7800">10.77.3.${number}</address>`
  const sides = NAMES.map((name, index) =>
    host(name, `<volume vnr="0"><device minor="0">/dev/drbd0</device></volume>${address(index + 1)}`),
  )
  const connections = [
    [0, 1],
    [0, 2],
    [1, 2],
  ].map(pair => `<connection>${pair.map(index => host(NAMES[index] ?? '', address(index + 1))).join('')}</connection>`)
  const text = `<config><resource name="c0">${[...sides, ...connections].join('')}</resource></config>`
  expect(resourcesIn(text)).toEqual([{ name: 'c0', minors: [0], ports: [7800], hosts: NAMES }])
})
