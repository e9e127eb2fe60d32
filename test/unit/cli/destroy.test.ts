import { describe, expect, test } from 'vitest'
import { readCib } from '../../../cloud/read-cib.ts'
import { type FakeCluster, fakeCluster, isReading, node, type Ran } from '../../fake/cluster.ts'
import { resourceFiles } from '../../fake/storage-node.ts'
import { edited } from '../cloud/cib.ts'
import { bare, c0 } from '../cloud/examples.ts'
import { contentOf, run } from './call.ts'

const DESTROY = 'storage --destroy c0 --yes'

const cloudsOf = ({ cib }: FakeCluster) => readCib(cib).clouds.map(({ name }) => name)
const hasRun = ({ ran }: FakeCluster, ...tools: string[]) =>
  ran.filter(({ words: [tool = ''] }) => tools.includes(tool))

test('a cloud that is destroyed leaves nothing behind, and the others are as they were', async () => {
  const cluster = fakeCluster([c0, bare])
  const { status, stdout, stderr } = await run(cluster.system, DESTROY)
  expect({ status, stderr }).toEqual({ status: 0, stderr: [] })
  expect(stdout.at(-1)).toMatch(/^ +0\.0 s {2}c0 is gone$/)
  expect(contentOf(cluster)).toEqual(contentOf(fakeCluster([bare])))
})

test('it is stopped before it is taken out of the cluster, and its data go last', async () => {
  const cluster = fakeCluster([c0])
  const seen: string[] = []
  cluster.disturb = ({ words: [tool = '', verb] }) => {
    if (['lvremove', 'drbdadm'].includes(tool) || verb === '--patch')
      seen.push(`${tool}: ${cloudsOf(cluster).join() || 'no cloud'}, ${cluster.active().length} running`)
    return undefined
  }
  await run(cluster.system, DESTROY)
  const [running, stopped, gone] = ['c0, 8 running', 'c0, 0 running', 'no cloud, 0 running']
  expect(seen).toEqual([
    // each change is tried on a copy first
    `cibadmin: ${running}`,
    `cibadmin: ${running}`,
    `cibadmin: ${stopped}`,
    `cibadmin: ${stopped}`,
    `drbdadm: ${gone}`,
    `drbdadm: ${gone}`,
    `lvremove: ${gone}`,
    `lvremove: ${gone}`,
  ])
})

test('it is waited for until all of it has stopped', async () => {
  const cluster = fakeCluster([c0])
  const begun = cluster.system.now()
  const { active } = cluster
  const all = active()
  cluster.active = () => (cluster.system.now() < begun + 60_000 ? all : active())
  const { status, stdout } = await run(cluster.system, DESTROY)
  expect(status).toBe(0)
  expect(stdout.at(-1)).toMatch(/^ +60\.0 s {2}c0 is gone$/)
})

test('what does not stop is named, and neither taken out of the cluster nor removed', async () => {
  const cluster = fakeCluster([c0, bare])
  const { active } = cluster
  const all = active()
  cluster.active = () => [...active(), ...all.filter(({ id }) => id === 'c0-lvm' || id === 'c0-filesystem')]
  const { status, stderr } = await run(cluster.system, DESTROY)
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: [
      'vhacs: stopping c0 and taking it out of the cluster: still running after 300 s: c0-lvm on node1, c0-lvm on node2, c0-filesystem on node2; "crm_mon -1rf" says more',
    ],
  })
  expect(cloudsOf(cluster)).toEqual(['c0', 'West-1'])
  expect(hasRun(cluster, 'drbdadm', 'rm', 'lvremove')).toEqual([])
})

test('what an operator removed by hand already is none the worse', async () => {
  const cluster = fakeCluster([c0])
  node(cluster, 'node1').volumes.delete('c0')
  node(cluster, 'node2').system.take('/etc/drbd.d/c0.res')
  expect((await run(cluster.system, DESTROY)).status).toBe(0)
  expect(cluster.nodes.flatMap(one => [...one.volumes.keys(), ...resourceFiles(one)])).toEqual([])
})

describe('nothing is changed when', () => {
  const half = (cluster: FakeCluster) => {
    cluster.cib = edited(cluster.cib, found => (found.attributes.id === 'c0-drbd-export-order' ? [] : undefined))
  }

  test.each<[string, string, (cluster: FakeCluster) => void, string]>([
    ['there is no such cloud', 'storage -D c9 --yes', () => {}, 'vhacs: there is no cloud c9; there is c0, West-1'],
    [
      'the loss of data is not confirmed',
      'storage -D c0',
      () => {},
      'vhacs: all data on c0 would be lost: say --yes as well if that is what you want',
    ],
    [
      'the cloud is not as it was made',
      DESTROY,
      half,
      'vhacs: c0 is not as vhacs made it (the constraint c0-drbd-export-order is missing): remove it by hand',
    ],
  ])('%s', async (_, line, change, words) => {
    const cluster = fakeCluster([c0, bare])
    change(cluster)
    const before = contentOf(cluster)
    expect(await run(cluster.system, line)).toEqual({ status: 2, stdout: [], stderr: [words] })
    expect(contentOf(cluster)).toEqual(before)
    expect(cluster.ran.filter(command => !isReading(command))).toEqual([])
  })

  test('the cluster does not take the change', async () => {
    const cluster = fakeCluster([c0])
    const before = contentOf(cluster)
    cluster.disturb = ({ words: [tool] }) => (tool === 'crm_verify' ? 'fails' : undefined)
    const { status, stderr } = await run(cluster.system, DESTROY)
    expect({ status, stderr }).toEqual({ status: 1, stderr: [expect.stringContaining('crm_verify')] })
    expect(contentOf(cluster)).toEqual(before)
  })
})

describe('a destroy that failed can be made again, after', async () => {
  const cluster = fakeCluster([c0])
  await run(cluster.system, DESTROY)
  const isCib = ({ words: [tool] }: Ran) => tool === 'cibadmin'
  const changes = cluster.ran.flatMap((command, index): [string, number][] =>
    isReading(command) || !isCib(command) ? [] : [[command.words.join(' '), index]],
  )

  test.each(changes)('%s (command %i)', async (_, index) => {
    const again = fakeCluster([c0])
    again.disturb = () => (again.ran.length - 1 === index ? 'fails' : undefined)
    expect((await run(again.system, DESTROY)).status).toBe(1)
    again.disturb = () => undefined
    expect(await run(again.system, DESTROY)).toMatchObject({ status: 0, stderr: [] })
    expect(contentOf(again)).toEqual(contentOf(fakeCluster()))
  })
})
