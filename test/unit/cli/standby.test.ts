import { describe, expect, test } from 'vitest'
import { readCib } from '../../../cloud/read-cib.ts'
import { type FakeCluster, fakeCluster, isReading } from '../../fake/cluster.ts'
import { edited } from '../cloud/cib.ts'
import { c0 as example } from '../cloud/examples.ts'
import { contentOf, run } from './call.ts'

const clouds = [1, 2, 3].map(number => ({
  ...example,
  name: `c0${number}`,
  minor: number,
  directory: `/clouds/c0${number}`,
}))
const threeClouds = () => fakeCluster(clouds)

const statesOf = ({ cib }: FakeCluster) => readCib(cib).clouds.map(({ name, state }) => `${name} ${state}`)
const patches = ({ ran, cib: _ }: FakeCluster) => ran.filter(({ words: [, verb] }) => verb === '--patch').length / 2

test('a range of storages goes into standby in one change, and the others run on', async () => {
  const cluster = threeClouds()
  const { status, stdout, stderr } = await run(cluster.system, 'storage -S c01-2')
  expect({ status, stderr }).toEqual({ status: 0, stderr: [] })
  expect(stdout.at(-1)).toMatch(/c01, c02: in standby$/)
  expect(statesOf(cluster)).toEqual(['c01 standby', 'c02 standby', 'c03 active'])
  expect(patches(cluster)).toBe(1)
})

test('standby is waited for', async () => {
  const cluster = threeClouds()
  const begun = cluster.system.now()
  const { active } = cluster
  const all = active()
  cluster.active = () => (cluster.system.now() < begun + 60_000 ? all : active())
  const { stdout } = await run(cluster.system, 'storage --standby c01')
  expect(stdout.at(-1)).toMatch(/^ +60\.0 s {2}c01: in standby$/)
})

test('a storage that does not stop is named, and stays told to stop', async () => {
  const cluster = threeClouds()
  const all = cluster.active()
  cluster.active = () => all
  const { status, stderr } = await run(cluster.system, 'storage -S c01')
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: [expect.stringMatching(/^vhacs: stopping c01: still running after 300 s: .*c01-filesystem on node2/)],
  })
  expect(statesOf(cluster)[0]).toBe('c01 standby')
})

test('what is in standby is made active, and is mounted then', async () => {
  const cluster = threeClouds()
  const before = contentOf(cluster)
  await run(cluster.system, 'storage -S ALL')
  const { status, stdout, stderr } = await run(cluster.system, 'storage --active ALL')
  expect({ status, stderr }).toEqual({ status: 0, stderr: [] })
  expect(stdout.at(-1)).toMatch(/c01, c02, c03: mounted$/)
  expect(contentOf(cluster)).toEqual(before)
})

describe('restart', () => {
  test('stops one storage whole, then starts it, and does not touch the others', async () => {
    const cluster = threeClouds()
    const before = contentOf(cluster)
    const seen: string[] = []
    cluster.disturb = ({ words: [tool] }) => {
      if (tool === 'crm_mon') seen.push(statesOf(cluster).join())
      return undefined
    }
    const { status, stderr } = await run(cluster.system, 'storage -r c02')
    expect({ status, stderr }).toEqual({ status: 0, stderr: [] })
    expect(seen).toEqual(['c01 active,c02 standby,c03 active', 'c01 active,c02 active,c03 active'])
    expect(contentOf(cluster)).toEqual(before)
  })

  test('of a storage in standby is refused', async () => {
    const cluster = threeClouds()
    await run(cluster.system, 'storage -S c02')
    const { status, stderr } = await run(cluster.system, 'storage -r c01-2')
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: ['vhacs: c02 is in standby: start it with "vhacs storage --active"'],
    })
    expect(statesOf(cluster)).toEqual(['c01 active', 'c02 standby', 'c03 active'])
  })
})

describe('nothing is changed when', () => {
  test.each([
    ['storage -S c01-4', 'vhacs: there is no storage c04; there is c01, c02, c03'],
    ['storage -A nothing', 'vhacs: there is no storage nothing; there is c01, c02, c03'],
    ['storage -r ,', 'vhacs: a name is missing: names are separated by single commas'],
  ])('%s', async (line, words) => {
    const cluster = threeClouds()
    expect(await run(cluster.system, line)).toEqual({ status: 2, stdout: [], stderr: [words] })
    expect(cluster.ran.filter(command => !isReading(command))).toEqual([])
  })

  test('a storage is not as it was made', async () => {
    const cluster = threeClouds()
    cluster.cib = edited(cluster.cib, ({ attributes }) => (attributes.id === 'c01-drbd-export-order' ? [] : undefined))
    const { status, stderr } = await run(cluster.system, 'storage -S c01-2')
    expect({ status, stderr }).toEqual({ status: 2, stderr: [expect.stringMatching(/c01 is not as vhacs made it/)] })
    expect(cluster.ran.filter(command => !isReading(command))).toEqual([])
  })
})
