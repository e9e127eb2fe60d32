import { describe, expect, test } from 'vitest'
import { type FakeCluster, fakeCluster, isReading, node } from '../../fake/cluster/cluster.ts'
import { contentOf, given } from '../cli/call.ts'
import { c0 } from '../cloud/examples.ts'
import { PROC_DRBD } from './recorded.ts'

/* Where DRBD 9 runs, the command writes files for it; where it does not fit, nothing is changed. */

/** A cluster whose nodes have these versions of DRBD, not loaded. */
function clusterWith(versions: readonly string[], clouds: Parameters<typeof fakeCluster>[0] = []): FakeCluster {
  const cluster = fakeCluster(clouds)
  for (const [index, version] of versions.entries()) node(cluster, `node${index + 1}`).drbdVersion = version
  return cluster
}

const NINE = ['9.3.3', '9.3.3', '9.3.3']
const EIGHT = ['8.4.11', '8.4.11', '8.4.11']
const create = 'storage --create c1 --size 1G --nodes node1,node2'

/** The lines that distinguish the two versions, in the order of the file. */
const ofVersion = (lines: readonly string[]) =>
  lines
    .map(line => line.trim())
    .filter(line => /^(disk \{|net \{|options \{|fencing|node-id|auto-promote|quorum)/.test(line))
const FILE_FOR_NINE = [
  'options {',
  'auto-promote no;',
  'quorum off;',
  'net {',
  'fencing resource-and-stonith;',
  'disk {',
  'node-id 0;',
  'node-id 1;',
]
const FILE_FOR_EIGHT = ['net {', 'disk {', 'fencing resource-and-stonith;']

test.each([
  ['8.4', EIGHT, FILE_FOR_EIGHT],
  ['9', NINE, FILE_FOR_NINE],
])('a storage is created with the file for DRBD %s, the same on both nodes', async (_, versions, expected) => {
  const cluster = clusterWith(versions)
  await given(cluster).run(create).succeeds()
  const [first, second] = ['node1', 'node2'].map(name => node(cluster, name).system.read('/etc/drbd.d/c1.res'))
  expect(ofVersion(first?.split('\n') ?? [])).toEqual(expected)
  expect(second).toBe(first)
})

test.each([
  ['8.4', EIGHT, FILE_FOR_EIGHT],
  ['9', NINE, FILE_FOR_NINE],
])('a dry run shows the file for DRBD %s, without its secret', async (_, versions, expected) => {
  const cluster = clusterWith(versions)
  const { stdout } = await given(cluster).run(`${create} --dry-run`).succeeds()
  // once for each node
  expect(ofVersion(stdout)).toEqual([...expected, ...expected])
  expect(stdout.join('\n')).toMatch(/shared-secret \*+;/)
})

test.each([
  ['8.4', EIGHT, FILE_FOR_EIGHT],
  ['9', NINE, FILE_FOR_NINE],
])('compose shows the files of the clouds for DRBD %s, and changes nothing', async (_, versions, expected) => {
  const cluster = clusterWith(versions, [c0])
  cluster.system.put('/root/clouds.yaml', 'clouds: [{name: c0}]\n')
  const { stdout } = await given(cluster).run('compose /root/clouds.yaml --format drbd').succeeds()
  expect(stdout[0]).toBe('# /etc/drbd.d/c0.res on node1 and node2')
  expect(ofVersion(stdout)).toEqual(expected)
  expect(stdout.join('\n')).toContain('address 192.0.2.1:7800;')
  expect(stdout.join('\n')).toContain('shared-secret "********";')
  expect(cluster.ran.filter(command => !isReading(command))).toEqual([])
})

test('without a cluster there is no version to compose a file for', async () => {
  const cluster = fakeCluster()
  cluster.system.put(
    '/root/clouds.yaml',
    `networks: {storage: {addresses: 10.0.0.1-10.0.0.9/24}}
nodes:
  - {name: a, roles: [storage, vhost], initiator: iqn.2026-01.org.example:a}
  - {name: b, roles: [storage]}
clouds: [{name: c0, size: 1G}]
`,
  )
  await given(cluster)
    .run('compose /root/clouds.yaml --format drbd --offline')
    .isRefused(/it needs the cluster/)
})

describe('nothing is changed where', () => {
  test.each([
    [
      'the nodes of a storage have different major versions',
      ['8.4.11', '9.3.3', '9.3.3'],
      /^vhacs: c1: node1 has DRBD 8\.4\.11, node2 has DRBD 9\.3\.3: both nodes must have the same major version, 8\.4 or 9/,
    ],
    [
      'a version is not supported',
      ['8.3.16', '8.3.16', '8.4.11'],
      /^vhacs: node1 has DRBD 8\.3\.16, which is not supported/,
    ],
    ['a kernel has no module', ['', '9.3.3', '9.3.3'], /^vhacs: the kernel of node1 has no module drbd/],
  ])('%s', async (_, versions, message) => {
    const cluster = clusterWith(versions)
    const before = contentOf(cluster)
    await given(cluster).run(create).isRefused(message)
    expect(contentOf(cluster)).toEqual(before)
  })
})

test('nodes of different major versions can each have storages with nodes of their own', async () => {
  const cluster = clusterWith(['8.4.11', '9.3.3', '9.3.3'])
  await given(cluster).run('storage --create c1 --size 1G --nodes node2,node3').succeeds()
  expect(ofVersion(node(cluster, 'node3').system.read('/etc/drbd.d/c1.res').split('\n'))).toEqual(FILE_FOR_NINE)
})

test('the module that is loaded counts, not the one that the next boot loads', async () => {
  const cluster = clusterWith(EIGHT)
  for (const { system } of cluster.nodes) {
    system.put('/proc/drbd', PROC_DRBD)
    system.tools.set('drbdsetup', () => ({ status: 0, stdout: '[\n]\n' }))
  }
  const { stdout } = await given(cluster).run(`${create} --dry-run`).succeeds()
  expect(ofVersion(stdout)).toEqual([...FILE_FOR_NINE, ...FILE_FOR_NINE])
})
