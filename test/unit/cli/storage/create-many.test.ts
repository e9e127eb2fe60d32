import { describe, expect, test } from 'vitest'
import type { Job } from '../../../../cli/run/jobs.ts'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { type FakeCluster, fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { c0 } from '../../cloud/examples.ts'
import { contentOf, given } from '../call.ts'

const GIB = 2 ** 30
const cloudsOf = ({ cib }: FakeCluster) => readCluster(cib).clouds
const namesOf = (cluster: FakeCluster) => cloudsOf(cluster).map(({ name }) => name)

test('a range of clouds is created in one call, no two with the same minor, address or target', async () => {
  const cluster = fakeCluster([{ ...c0, address: '192.0.2.100' }])
  const { stdout } = await given(cluster).run('storage -c d01-4 -s 1G').succeeds()
  expect(namesOf(cluster)).toEqual(['c0', 'd01', 'd02', 'd03', 'd04'])
  for (const of of ['minor', 'address', 'iqn', 'directory'] as const)
    expect(new Set(cloudsOf(cluster).map(cloud => cloud[of])).size).toBe(5)
  expect(stdout.filter(line => / {2}d0\d: is mounted$/.test(line))).toHaveLength(4)
})

test('thirty-two are created in one call, each with its progress, as in the first VHACS', async () => {
  const cluster = fakeCluster()
  for (const one of cluster.nodes)
    one.system.put('/etc/vhacs.conf', 'STORAGE_IFNAME = "eth1"\nSERVICE_ADDRESSES = "192.0.2.100-192.0.2.199/24"\n')
  const shown = new Map<string, string>()
  const atOnce: number[] = []
  const progress = async (jobs: readonly Job[], most: number) => {
    atOnce.push(jobs.length, most)
    for (const { name, run: start } of jobs) await start(line => shown.set(name, line))
  }
  await given(cluster).run('storage -c yourVHACScloud01-32 -s 64M', { progress }).succeeds()
  expect(atOnce).toEqual([32, 8])
  const names = Array.from({ length: 32 }, (_, index) => `yourVHACScloud${String(index + 1).padStart(2, '0')}`)
  expect(namesOf(cluster)).toEqual(names)
  expect([...shown.values()]).toEqual(names.map(name => `${name} is mounted`))
  for (const of of ['minor', 'address', 'iqn', 'directory'] as const)
    expect(new Set(cloudsOf(cluster).map(cloud => cloud[of])).size).toBe(32)
  // 64 replicas, 32 exports and 32 mounts on three nodes
  const perNode = (where: (cloud: ReturnType<typeof cloudsOf>[number]) => readonly (string | undefined)[]) =>
    cluster.nodes.map(
      ({ name }) =>
        cloudsOf(cluster)
          .flatMap(where)
          .filter(found => found === name).length,
    )
  for (const [numbers, even] of [
    [perNode(({ storageNodes }) => storageNodes), 64 / 3],
    [perNode(({ storageNodes: [first] }) => [first]), 32 / 3],
    [perNode(({ preferredVhosts: [first] }) => [first]), 32 / 3],
  ] as const)
    for (const number of numbers) expect(Math.abs(number - even)).toBeLessThan(1)
})

test('they are spread over the nodes by the remaining space', async () => {
  const cluster = fakeCluster()
  await given(cluster).run('storage -c d1-3 -s 1G')
  const used = cluster.nodes.map(({ name, volumes }) => `${name} ${volumes.size}`)
  expect(used).toEqual(['node1 2', 'node2 2', 'node3 2'])
})

test('one that fails is rolled back and reported, and the others are kept', async () => {
  const cluster = fakeCluster()
  cluster.disturb = ({ words }) =>
    words[0] === 'drbdadm' && words[1] === 'create-md' && words.at(-1) === 'd2' ? 'fails' : undefined
  await given(cluster)
    .run('storage -c d1-3 -s 1G')
    .fails(/^vhacs: 1 of 3 failed: d2: creating DRBD's meta-data .*out of order$/)
  expect(namesOf(cluster)).toEqual(['d1', 'd3'])
  expect(cluster.nodes.some(({ volumes }) => volumes.has('d2'))).toBe(false)
})

describe('nothing is changed when', () => {
  test.each([
    [
      'there is room for some of them only',
      'storage -c d1-20 -s 1G',
      /d16: two storage nodes with 1024 MiB free .*; d17: two storage nodes/,
    ],
    ['there are addresses for some of them only', 'storage -c d1-11 -s 32M', /all 10 addresses from .* are in use/],
    ['one of the names is taken', 'storage -c c0,d1 -s 1G', /a cloud named c0 already exists/],
    ['two of the names differ in case only', 'storage -c d1,D1 -s 1G', /a cloud named d1 already exists/],
    ['one of the names is none', 'storage -c d1,d_2 -s 1G', /"d_2" is not a cloud's name/],
    ['all are meant', 'storage -c ALL -s 1G', /"ALL" is not a cloud's name/],
  ])('%s', async (_, line, words) => {
    const cluster = fakeCluster([c0])
    const before = contentOf(cluster)
    await given(cluster).run(line).isRefused(words)
    expect(contentOf(cluster)).toEqual(before)
  })
})

test('a dry run shows one after the other', async () => {
  const cluster = fakeCluster()
  const before = contentOf(cluster)
  const { stdout } = await given(cluster).run('storage -c d1-2 -s 1G --dry-run').succeeds()
  const creations = stdout.filter(line => line.includes('lvcreate')).map(line => /--name (\S+)/.exec(line)?.[1])
  expect(creations).toEqual(['d1', 'd1', 'd2', 'd2'])
  expect(contentOf(cluster)).toEqual(before)
})

test('on a terminal each has its own line with its current step', async () => {
  const cluster = fakeCluster()
  const shown: string[] = []
  const progress = async (jobs: readonly Job[]) => {
    for (const { name, run: start } of jobs) await start(line => shown.push(`${name}| ${line}`))
  }
  await given(cluster).run('storage -c d1-2 -s 1G', { progress }).succeeds([])
  expect(shown[0]).toMatch(/^d1\| creating the volume/)
  expect(shown.at(-1)).toBe('d2| d2 is mounted')
})

describe('Ctrl-C', () => {
  test.each([0, 2, 4, 6, 7])('after %i steps leaves nothing behind', async steps => {
    const cluster = fakeCluster([c0])
    const before = contentOf(cluster)
    const controller = new AbortController()
    const lines: string[] = []
    const print = (line: string) => {
      lines.push(line)
      if (lines.length === steps + 1) controller.abort(new Error('interrupted (SIGINT)'))
    }
    await given(cluster)
      .run('storage -c d1 -s 1G', { print, interruption: controller.signal })
      .fails(/: interrupted \(SIGINT\)$/)
    expect(contentOf(cluster)).toEqual(before)
  })

  test('ends the wait for the mount, and rolls everything back', async () => {
    const cluster = fakeCluster([c0])
    const before = contentOf(cluster)
    const { active } = cluster
    const controller = new AbortController()
    cluster.active = () => {
      if (readCluster(cluster.cib).clouds.some(({ name, state }) => name === 'd1' && state === 'active'))
        controller.abort(new Error('interrupted (SIGTERM)'))
      return active().filter(({ id }) => !id.startsWith('d1-'))
    }
    await given(cluster).run('storage -c d1 -s 1G', { interruption: controller.signal }).fails()
    expect(contentOf(cluster)).toEqual(before)
  })
})

test('missing requirements are reported for each node', async () => {
  const cluster = fakeCluster()
  for (const one of cluster.nodes) one.sizeBytes = 2 * GIB
  node(cluster, 'node3').sizeBytes = GIB / 2
  await given(cluster)
    .run('storage -c d1-3 -s 1G')
    .isRefused(/d3: .* are needed: node1 has 0 MiB free, node2 has 0 MiB free, node3 has 512 MiB free$/)
})
