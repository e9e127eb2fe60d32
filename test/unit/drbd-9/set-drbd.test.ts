import { describe, expect, test } from 'vitest'
import { type FakeCluster, fakeCluster, isReading, node } from '../../fake/cluster/cluster.ts'
import { given } from '../cli/call.ts'
import { c0 } from '../cloud/examples.ts'
import { PROC_DRBD } from './recorded.ts'

/* `vhacs storage --setdrbd`: the file of each node for the DRBD that it runs, one node after the other. */

const FILE = '/etc/drbd.d/c0.res'
const SET = 'storage --setdrbd c0'

/** The module that is loaded on node1 or node2. */
function load(cluster: FakeCluster, name: string, version: string): void {
  const text = version.startsWith('9') ? PROC_DRBD : `version: ${version} (api:1/proto:86-101)\n`
  node(cluster, name).system.put('/proc/drbd', text)
}

function clusterOn(first: string, second: string): FakeCluster {
  const cluster = fakeCluster([c0])
  load(cluster, 'node1', first)
  load(cluster, 'node2', second)
  return cluster
}

const fileOf = (cluster: FakeCluster, name: string) => node(cluster, name).system.read(FILE)
const versionOf = (text: string) =>
  /^\tdisk \{[^}]*fencing/m.test(text) ? 8 : /^\tnet \{[^}]*fencing/m.test(text) ? 9 : undefined
const versionsIn = (cluster: FakeCluster) => ['node1', 'node2'].map(name => versionOf(fileOf(cluster, name)))
const withIds = (text: string, first: number, second: number) =>
  text.replace('on node1 {\n', `$&\t\tnode-id ${first};\n`).replace('on node2 {\n', `$&\t\tnode-id ${second};\n`)

test('one node after the other goes to 9 and back, and the other file is left alone', async () => {
  const cluster = clusterOn('8.4.11', '9.3.3')
  const before = fileOf(cluster, 'node1')
  expect(versionsIn(cluster)).toEqual([8, 8])
  const { stdout } = await given(cluster).run(SET).succeeds()
  expect(stdout.join('\n')).toContain('writing the file for DRBD 9 of c0 on node2')
  expect(versionsIn(cluster)).toEqual([8, 9])
  expect(fileOf(cluster, 'node1')).toBe(before)

  load(cluster, 'node1', '9.3.3')
  await given(cluster).run(SET).succeeds()
  expect(versionsIn(cluster)).toEqual([9, 9])
  expect(fileOf(cluster, 'node1')).toBe(fileOf(cluster, 'node2'))
  expect(fileOf(cluster, 'node1')).toMatch(/on node1 \{\n\t\tnode-id 0;[^}]*\}\n\ton node2 \{\n\t\tnode-id 1;/)

  load(cluster, 'node2', '8.4.11')
  await given(cluster).run(SET).succeeds()
  expect(versionsIn(cluster)).toEqual([9, 8])
  expect(fileOf(cluster, 'node2')).toBe(before)
})

test('a module that is not loaded yet counts, as drbdadm loads it', async () => {
  const cluster = fakeCluster([c0])
  for (const name of ['node1', 'node2']) node(cluster, name).drbdVersion = '9.3.3'
  await given(cluster).run(SET).succeeds()
  expect(versionsIn(cluster)).toEqual([9, 9])
})

test('a node gets the node-ids that the other one uses', async () => {
  const cluster = clusterOn('8.4.11', '9.3.3')
  await given(cluster).run(SET).succeeds()
  const bare = fileOf(cluster, 'node2').replaceAll(/\t\tnode-id \d;\n/g, '')
  node(cluster, 'node2').system.put(FILE, withIds(bare, 5, 3))
  load(cluster, 'node1', '9.3.3')
  await given(cluster).run(SET).succeeds()
  expect(fileOf(cluster, 'node1')).toBe(withIds(bare, 5, 3))
})

test('where all files fit, nothing is written', async () => {
  const cluster = clusterOn('8.4.11', '8.4.11')
  await given(cluster).run(SET).succeeds()
  expect(cluster.ran.filter(({ words: [tool] }) => ['dd', 'mv'].includes(tool ?? ''))).toEqual([])
})

test('a dry run names the file, and changes nothing', async () => {
  const cluster = clusterOn('8.4.11', '9.3.3')
  await given(cluster).run(`${SET} --dry-run`).succeeds()
  expect(cluster.ran.filter(command => !isReading(command))).toEqual([])
})

test('a file that drbdadm refuses is not put in place', async () => {
  const cluster = clusterOn('9.3.3', '9.3.3')
  const before = fileOf(cluster, 'node1')
  cluster.disturb = ({ node: name, words }) => (name === 'node2' && words[0] === 'drbdadm' ? 'fails' : undefined)
  await given(cluster)
    .run(SET)
    .fails(/out of order$/)
  expect(['node1', 'node2'].map(name => fileOf(cluster, name))).toEqual([before, before])
})

describe('nothing is changed where', () => {
  test.each<[string, (cluster: FakeCluster) => void, RegExp]>([
    [
      'an operator wrote the file',
      cluster => node(cluster, 'node2').system.put(FILE, fileOf(cluster, 'node2').replace(/^#.*\n/, '')),
      /c0\.res of node2 differs from what vhacs wrote: move fencing to the net section/,
    ],
    [
      'the file has another resource',
      cluster => node(cluster, 'node2').system.put(FILE, 'resource c1 { }\n'),
      /c0\.res of node2 does not contain the resource c0/,
    ],
    [
      'the file is damaged',
      cluster => node(cluster, 'node2').system.put(FILE, 'resource c0 {\n'),
      /c0\.res of node2: "resource c0 \{" is never closed/,
    ],
    [
      'the nodes have different node-ids',
      cluster => {
        const text = fileOf(cluster, 'node1')
        node(cluster, 'node1').system.put(FILE, withIds(text, 0, 1))
        node(cluster, 'node2').system.put(FILE, withIds(text, 1, 0))
      },
      /has different node-ids on node1 and node2/,
    ],
    [
      'a version is not supported',
      cluster => load(cluster, 'node1', '8.3.16'),
      /node1 has DRBD 8\.3\.16, which is not supported/,
    ],
  ])('%s', async (_, spoil, words) => {
    const cluster = clusterOn('9.3.3', '9.3.3')
    spoil(cluster)
    await given(cluster).run(SET).isRefused(words)
    expect(cluster.ran.map(({ words: [tool] }) => tool)).not.toContain('dd')
  })
})
