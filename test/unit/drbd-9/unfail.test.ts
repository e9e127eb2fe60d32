import { expect, test } from 'vitest'
import { type FakeCluster, fakeCluster, node } from '../../fake/cluster/cluster.ts'
import { given } from '../cli/call.ts'
import { fenced } from '../cli/storage/fence.ts'
import { c0 } from '../cloud/examples.ts'
import { showRecorded } from './recorded.ts'

/* What `vhacs storage --unfail` repairs where DRBD 9 runs. */

/** A cluster whose sides show these recorded states; the command to connect the second one ends that. */
function clusterIn(first: string, second: string): FakeCluster {
  const cluster = fakeCluster([c0])
  const show = (...states: readonly [string, string]) => {
    for (const [index, state] of states.entries()) showRecorded(node(cluster, `node${index + 1}`).system, state)
  }
  show(first, second)
  for (const name of ['node1', 'node2']) {
    const { drbd, system } = node(cluster, name)
    drbd.set('c0', 'Secondary')
    const drbdadm = system.tools.get('drbdadm')
    system.tools.set('drbdadm', (args, options) => {
      if (name === 'node1' && args[0] === 'connect') show('uptodate-primary.node1', 'uptodate-secondary.node1')
      return drbdadm?.(args, options) ?? 1
    })
  }
  return cluster
}

const changesOf = ({ ran }: FakeCluster) =>
  ran
    .filter(({ words: [tool] }) => tool === 'drbdadm' || tool === 'timeout')
    .map(command => [`${command.node}:`, ...command.words.slice(1)].join(' '))

test('a split brain is resolved: the loser receives the data of the other side', async () => {
  const cluster = clusterIn('split-brain.node1', 'split-brain.node2')
  node(cluster, 'node1').system.put('/run/vhacs/split-brain-c0', '')
  const { stdout } = await given(cluster).run('storage -u c0 --discard node2 --yes')
  expect(stdout.join('\n')).toMatch(/node2 has changed 40K of c0 .*, node1 40K; the changes of node2 will be lost/)
  expect(changesOf(cluster)).toEqual([
    'node2: connect --discard-my-data c0',
    'node1: connect c0',
    'node2: 60 drbdadm wait-connect c0',
  ])
})

test('sides that an operator has disconnected are connected, the one that still tries is left alone', async () => {
  const cluster = clusterIn('standalone-secondary.node2', 'peer-down-secondary.node2')
  await given(cluster).run('storage -u c0').succeeds()
  expect(changesOf(cluster)).toEqual(['node1: connect c0'])
})

test.each([
  ['is removed when the sides have the same data', 'uptodate-primary.node1', 'uptodate-secondary.node1', 0],
  ['stays during a resync', 'syncsource.node1', 'synctarget.node2', 1],
])('a fence constraint %s', async (_, first, second, kept) => {
  const cluster = fenced(clusterIn(first, second))
  const { status } = await given(cluster).run('storage -u c0')
  expect(status).toBe(kept)
  expect(cluster.cib.split('<rsc_location id="drbd-fence-by-handler-c0').length - 1).toBe(kept)
})
