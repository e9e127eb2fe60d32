import { expect, test } from 'vitest'
import { drbdBytesOn } from '../../../../system/nodes/disk/drbd-size.ts'
import { type FakeCluster, fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { type FakeLayers, growable, setReplication } from '../../../fake/cluster/growth.ts'
import { c0 as example } from '../../cloud/examples.ts'
import { contentOf, given } from '../call.ts'

const GIB = 2 ** 30
const c0 = {
  ...example,
  address: '192.0.2.100',
  initiators: ['node1', 'node2', 'node3'].map(name => `iqn.2004-10.com.debian:${name}`),
}

function clusterWith(clouds: string): { readonly cluster: FakeCluster; readonly layers: FakeLayers } {
  const cluster = fakeCluster([c0])
  const layers = growable(cluster).get('c0')
  if (layers === undefined) throw new Error('no c0')
  cluster.system.put('/root/clouds.yaml', `clouds: [${clouds}]\n`)
  return { cluster, layers }
}

const compose = (cluster: FakeCluster, options: string) => given(cluster).run(`compose /root/clouds.yaml ${options}`)
const volumesOf = (cluster: FakeCluster) =>
  c0.storageNodes.map(name => node(cluster, name).volumes.get('c0')?.sizeBytes)

test('a larger size is shown by --diff, which changes nothing', async () => {
  const { cluster } = clusterWith('{name: c0, size: 2G}')
  const before = contentOf(cluster)
  await compose(cluster, '--diff').succeeds(['~ cloud c0', '    size: 1G -> 2G'])
  const { stdout } = await compose(cluster, '--diff --json').succeeds()
  expect(JSON.parse(stdout.join('\n')).grown).toEqual([{ cloud: 'c0', fromBytes: GIB, toBytes: 2 * GIB }])
  expect(contentOf(cluster)).toEqual(before)
})

test('--apply grows the cloud, and then nothing is left to do', async () => {
  const { cluster, layers } = clusterWith('{name: c0, size: 2G}')
  const { stdout } = await compose(cluster, '--apply').succeeds()
  expect(stdout).toContainEqual(expect.stringMatching(/c0 has 2G$/))
  expect(stdout.at(-1)).toMatch(/c0 is in sync$/)
  expect(volumesOf(cluster)).toEqual([2 * GIB, 2 * GIB])
  expect(layers.filesystemBytes).toBe(drbdBytesOn(2 * GIB))
  await compose(cluster, '--diff').succeeds(['nothing changes'])
})

test('a dry run of --apply prints the commands, and changes nothing', async () => {
  const { cluster } = clusterWith('{name: c0, size: 2G}')
  const before = contentOf(cluster)
  const { stdout } = await compose(cluster, '--apply --dry-run').succeeds()
  expect(stdout).toContain('node1: drbdadm resize c0')
  expect(stdout).toContain('node2: resize2fs /dev/sda')
  expect(contentOf(cluster)).toEqual(before)
})

test.each([
  ['lvextend', 'node2', 'size: 1G -> 2G'],
  [
    'drbdadm',
    'node1',
    'size: the growth to 2G is finished: DRBD has 1023M on node1, and 1023M on node2, on volumes of 2G',
  ],
  ['resize2fs', 'node2', 'size: the growth to 2G is finished: its file system has 1023M of 2047M'],
])('a growth that was broken off at %s is shown, and --apply finishes it', async (tool, name, line) => {
  const { cluster, layers } = clusterWith('{name: c0, size: 2G}')
  cluster.disturb = ({ node: one, words }) => (words[0] === tool && one === name ? 'fails' : undefined)
  await compose(cluster, '--apply').fails(/what is done stays/)
  cluster.disturb = () => undefined
  const { stdout } = await compose(cluster, '--diff').succeeds()
  expect(stdout[1]).toBe(`    ${line}`)
  await compose(cluster, '--apply').succeeds()
  expect(layers.filesystemBytes).toBe(drbdBytesOn(2 * GIB))
})

test('a cloud that cannot be grown is refused before anything else is changed', async () => {
  const { cluster } = clusterWith('{name: c0, size: 2G, options: ro}, {name: c1, size: 1G}')
  setReplication(node(cluster, 'node1'), [c0], 'cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C r-----\n')
  const before = contentOf(cluster)
  await compose(cluster, '--apply --interrupt').isRefused(/c0 cannot be grown: its two sides are not both Connected/)
  expect(contentOf(cluster)).toEqual(before)
})

test('a growth that was broken off is a warning of --check, with the command that finishes it', async () => {
  const { cluster } = clusterWith('{name: c0, size: 2G}')
  cluster.disturb = ({ node: one, words }) => (words[0] === 'lvextend' && one === 'node2' ? 'fails' : undefined)
  await compose(cluster, '--apply')
  cluster.disturb = () => undefined
  const { stdout } = await given(cluster).run('cluster --check')
  const at = stdout.findIndex(line => line.includes('has not grown'))
  expect(stdout.slice(at, at + 2)).toEqual([
    'warning: cluster: c0 has not grown completely: its volume has 2G on node1, and 1G on node2',
    '    vhacs storage --grow c0 --size 2G (I/O continues)',
  ])
})
