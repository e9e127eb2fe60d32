import { describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { type FakeCluster, fakeCluster, isLocking, isReading, node, type Ran } from '../../../fake/cluster/cluster.ts'
import { growable } from '../../../fake/cluster/growth.ts'
import { type FakeSides, replaceable } from '../../../fake/cluster/replacement.ts'
import { withMembership, withoutId } from '../../cloud/cib.ts'
import { c0 as example } from '../../cloud/examples.ts'
import { contentOf, given } from '../call.ts'

const GIB = 2 ** 30
const MOVED = '{name: c0, storage: [node1, node3]}'
const c0 = {
  ...example,
  ...{ address: '192.0.2.100', preferredVhosts: ['node1'] },
  initiators: ['node1', 'node2', 'node3'].map(name => `iqn.2004-10.com.debian:${name}`),
}

interface Composed extends FakeCluster {
  readonly sides: FakeSides
}

function clusterWith(clouds: string, nodes = ''): Composed {
  const cluster = fakeCluster([c0])
  growable(cluster)
  const composed = Object.assign(cluster, { sides: replaceable(cluster) })
  composed.system.put('/root/clouds.yaml', `${nodes}clouds: [${clouds}]\n`)
  return composed
}

const compose = (cluster: FakeCluster, options: string) => given(cluster).run(`compose /root/clouds.yaml ${options}`)
const linesOf = (stdout: readonly string[]) => stdout.map(line => line.replace(/^ *[\d.]+ s {2}/, ''))
const isChange = (command: Ran) => !isLocking(command) && !isReading(command)
const sidesIn = ({ cib }: FakeCluster) => readCluster(cib).clouds.find(({ name }) => name === 'c0')?.storageNodes
const holdersOf = ({ nodes }: FakeCluster) => nodes.flatMap(({ name, volumes }) => (volumes.has('c0') ? [name] : []))

test('--diff says what becomes of the data, and changes nothing', async () => {
  const cluster = clusterWith(MOVED)
  const before = contentOf(cluster)
  await compose(cluster, '--diff').succeeds([
    '~ cloud c0',
    '    move a side of c0 (1G) from node2 to node3, and remove its data from node2 when node3 has them (node1 alone has its data until they are copied, which takes 11 seconds at least)',
  ])
  const { stdout } = await compose(cluster, '--diff --json').succeeds()
  expect(JSON.parse(stdout.join('\n')).replaced).toEqual([{ cloud: 'c0', from: 'node2', to: 'node3' }])
  expect(contentOf(cluster)).toEqual(before)
})

test('--apply --replace moves the side after all other changes, and then nothing is left to do', async () => {
  // the new node is to be preferred
  const cluster = clusterWith('{name: c0, storage: [node3, node1], options: noatime}')
  const { stdout } = await compose(cluster, '--apply --replace --interrupt').succeeds()
  const lines = linesOf(stdout)
  expect(lines.filter(line => /configuration was|^moving|^removing the data|^c0 is on/.test(line))).toEqual([
    'moving the side of c0 from node2 to node3 in the cluster',
    'removing the data of c0 from node2',
    'c0 is on node3 instead of node2',
  ])
  expect(sidesIn(cluster)).toEqual(['node3', 'node1'])
  expect(holdersOf(cluster)).toEqual(['node1', 'node3'])
  await compose(cluster, '--diff').succeeds(['nothing changes'])
})

test('a new node may get the storage role by the same file', async () => {
  const cluster = clusterWith(MOVED, 'nodes: [{name: node3, roles: [storage, vhost]}]\n')
  cluster.cib = withoutId(cluster.cib, 'node3-vhacs-storage')
  await compose(cluster, '--apply --replace --dry-run').succeeds()
  await compose(cluster, '--apply --replace').succeeds()
  expect(sidesIn(cluster)).toEqual(['node1', 'node3'])
})

test('a cloud that grows as well is grown afterwards', async () => {
  const cluster = clusterWith('{name: c0, storage: [node1, node3], size: 2G}')
  const dry = await compose(cluster, '--apply --replace --dry-run').succeeds()
  expect(linesOf(dry.stdout)).toContain('c0 is then grown to 2G')
  const { stdout } = await compose(cluster, '--apply --replace').succeeds()
  const lines = linesOf(stdout)
  expect(lines.indexOf('c0 is on node3 instead of node2')).toBeLessThan(
    lines.findIndex(line => line.startsWith('extending')),
  )
  expect(['node1', 'node3'].map(name => node(cluster, name).volumes.get('c0')?.sizeBytes)).toEqual([2 * GIB, 2 * GIB])
  await compose(cluster, '--diff').succeeds(['nothing changes'])
})

test('the side of a lost node moves', async () => {
  const cluster = clusterWith(MOVED)
  node(cluster, 'node2').isUp = false
  cluster.cib = withMembership(cluster.cib, 'node2', 'left')
  const { stdout } = await compose(cluster, '--apply --replace').succeeds()
  expect(linesOf(stdout).at(-1)).toBe('c0 is on node3 instead of node2')
  expect(sidesIn(cluster)).toEqual(['node1', 'node3'])
})

test('killed at any change, the same command finishes it; --diff shows that', async () => {
  // every other command is enough, as those in between are of the same steps
  for (let index = 0; ; index += 2) {
    const cluster = clusterWith(MOVED)
    let count = 0
    // nothing is undone either
    cluster.disturb = command => (isChange(command) && count++ >= index ? 'fails' : undefined)
    const { status } = await compose(cluster, '--apply --replace')
    cluster.disturb = () => undefined
    if (status === 0) {
      expect(index).toBeGreaterThan(12)
      break
    }
    const { stdout } = await compose(cluster, '--diff').succeeds()
    expect([index, stdout[1]]).toEqual([index, expect.stringMatching(/^ {4}(move a|finish the move of a) side of c0/)])
    // it may be at work
    if (sidesIn(cluster)?.[1] === 'node3') await compose(cluster, '--apply').succeeds(['nothing changes'])
    await compose(cluster, '--apply --replace').succeeds()
    expect([index, sidesIn(cluster), holdersOf(cluster)]).toEqual([index, ['node1', 'node3'], ['node1', 'node3']])
  }
})

test('a dry run prints the commands, and changes nothing', async () => {
  const cluster = clusterWith(MOVED)
  const before = contentOf(cluster)
  const { stdout } = await compose(cluster, '--apply --replace --dry-run').succeeds()
  expect(stdout.join('\n')).toContain('node3: lvcreate')
  expect(contentOf(cluster)).toEqual(before)
})

describe('refused, before anything is changed:', () => {
  const GIB_AND_A_HALF = 1.5 * GIB
  const cases: readonly (readonly [string, string, string, (cluster: Composed) => unknown, RegExp])[] = [
    [
      'without --replace',
      MOVED,
      '--apply',
      () => undefined,
      /^vhacs: this would move sides of c0, which have less redundancy .*; pass --replace to proceed \(nothing was changed\)$/,
    ],
    [
      'a resync',
      `${MOVED}, {name: c1, size: 512M}`,
      '--apply --replace',
      ({ sides }) => sides.shown.set('node1', 'cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----\n'),
      /the side of c0 on node2 cannot be replaced: /,
    ],
    [
      'room for the move, and not for what else is wanted',
      `${MOVED}, {name: c1, size: 1G, storage: [node1, node3]}`,
      '--apply --replace',
      cluster => Object.assign(node(cluster, 'node3'), { sizeBytes: GIB_AND_A_HALF }),
      /vhacs on node3 has 1536M free, and 2G are needed/,
    ],
    [
      'room for the present size, and not for the larger one',
      '{name: c0, storage: [node1, node3], size: 2G}',
      '--apply --replace',
      cluster => Object.assign(node(cluster, 'node3'), { sizeBytes: GIB_AND_A_HALF }),
      /vhacs on node3 has 1536M free, and 2G are needed/,
    ],
    [
      'a standby at once',
      '{name: c0, storage: [node1, node3], state: standby}',
      '--apply --replace',
      () => undefined,
      /1 problem/,
    ],
    [
      'three sides instead of two',
      '{name: c0, storage: [node1, node2, node3]}',
      '--apply --replace',
      () => undefined,
      /1 problem/,
    ],
  ]
  test.each(cases)('%s', async (_what, clouds, options, prepare, message) => {
    const cluster = clusterWith(clouds)
    prepare(cluster)
    const before = contentOf(cluster)
    const { status, stderr } = await compose(cluster, options)
    expect([status, stderr.at(-1)]).toEqual([2, expect.stringMatching(message)])
    expect(contentOf(cluster)).toEqual(before)
  })
})

test('with a CIB in a file, nothing moves', async () => {
  const cluster = clusterWith(MOVED)
  cluster.system.put('/root/cib.xml', cluster.cib)
  const { stderr } = await compose(cluster, '--apply --replace --file /root/cib.xml')
  expect(stderr[0]).toMatch(
    /clouds.yaml:1:\d+: the data of c0 are on node1 and node2, and a change of the configuration alone does not move them: run "vhacs compose FILE --apply --replace", or "vhacs storage --replace c0 --from node2 --to node3", on the cluster/,
  )
})
