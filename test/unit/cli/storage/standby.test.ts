import { describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { type FakeCluster, fakeCluster, isReading, node } from '../../../fake/cluster/cluster.ts'
import { edited, withMeta } from '../../cloud/cib.ts'
import { c0 as example } from '../../cloud/examples.ts'
import { contentOf, given } from '../call.ts'
import { RECORDED } from '../recorded.ts'

const clouds = [1, 2, 3].map(number => ({
  ...example,
  name: `c0${number}`,
  minor: number,
  directory: `/clouds/c0${number}`,
}))
const threeClouds = () => fakeCluster(clouds)

const statesOf = ({ cib }: FakeCluster) => readCluster(cib).clouds.map(({ name, state }) => `${name} ${state}`)
const patches = ({ ran, cib: _ }: FakeCluster) => ran.filter(({ words: [, verb] }) => verb === '--patch').length / 2

test('a range of storages goes into standby in one change, and the others continue to run', async () => {
  const cluster = threeClouds()
  const { stdout } = await given(cluster).run('storage -S c01-2').succeeds()
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
  const { stdout } = await given(cluster).run('storage --standby c01')
  expect(stdout.at(-1)).toMatch(/^ +60\.0 s {2}c01: in standby$/)
})

test('a storage that does not stop is reported, and Pacemaker continues to stop it', async () => {
  const cluster = threeClouds()
  const all = cluster.active()
  cluster.active = () => all
  await given(cluster)
    .run('storage -S c01')
    .fails(/^vhacs: stopping c01: still running after 300 s: .*c01-filesystem on node2/)
  expect(statesOf(cluster)[0]).toBe('c01 standby')
})

test('a storage in standby is made active, and is mounted afterwards', async () => {
  const cluster = threeClouds()
  const before = contentOf(cluster)
  await given(cluster).run('storage -S ALL')
  const { stdout } = await given(cluster).run('storage --active ALL').succeeds()
  expect(stdout.at(-1)).toMatch(/c01, c02, c03: mounted$/)
  expect(contentOf(cluster)).toEqual(before)
})

describe('restart', () => {
  test('stops one storage completely, then starts it, and does not touch the others', async () => {
    const cluster = threeClouds()
    const before = contentOf(cluster)
    const seen: string[] = []
    cluster.disturb = ({ words: [tool] }) => {
      if (tool === 'crm_mon') seen.push(statesOf(cluster).join())
      return undefined
    }
    await given(cluster).run('storage -r c02').succeeds()
    // who uses it is looked for before
    expect(seen.slice(1)).toEqual(['c01 active,c02 standby,c03 active', 'c01 active,c02 active,c03 active'])
    expect(contentOf(cluster)).toEqual(before)
  })

  test('that is interrupted while it stops starts it again', async () => {
    const cluster = threeClouds()
    const all = cluster.active()
    cluster.active = () => all
    const controller = new AbortController()
    const print = (line: string) => {
      if (line.endsWith('stopping c02')) controller.abort(new Error('interrupted (SIGINT)'))
    }
    await given(cluster)
      .run('storage -r c02', { print, interruption: controller.signal })
      .fails('vhacs: stopping c02: interrupted (SIGINT)')
    expect(statesOf(cluster)).toEqual(['c01 active', 'c02 active', 'c03 active'])
    expect(cluster.cib).not.toContain('vhacs-lock')
  })

  test('of a storage that does not stop in time starts it again', async () => {
    const cluster = threeClouds()
    const all = cluster.active()
    cluster.active = () => all
    const { stdout } = await given(cluster)
      .run('storage -r c02')
      .fails(/c02: still running after 300 s/)
    expect(stdout.at(-1)).toMatch(/undoing: requesting the stop of c02$/)
    expect(statesOf(cluster)[1]).toBe('c02 active')
  })

  test('that cannot start it reports how to', async () => {
    const cluster = threeClouds()
    let changes = 0
    cluster.disturb = ({ words: [, verb] }) => {
      if (verb === '--patch') changes += 1
      // one on a copy and one in earnest to stop it
      return changes > 2 ? 'fails' : undefined
    }
    const { stderr } = await given(cluster).run('storage -r c02').fails()
    expect(stderr[0]).toMatch(/NOT UNDONE: .*c02 may be stopped: start with "vhacs storage --active c02"$/)
    expect(statesOf(cluster)[1]).toBe('c02 standby')
  })

  test('of what would not start again is refused: the cable of its exporter is out', async () => {
    const cluster = threeClouds()
    const answer = RECORDED.replace(
      '"ifname":"eth1","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"]',
      '"ifname":"eth1","flags":["NO-CARRIER","BROADCAST","MULTICAST","UP"]',
    )
    node(cluster, 'node1').system.tools.set('sh', () => ({ status: 0, stdout: answer }))
    const before = contentOf(cluster)
    await given(cluster)
      .run('storage -r c02')
      .isRefused(
        /^vhacs: c02 would not start again: node1: eth1, the interface for the service address \S+, has no carrier \(.*\): repair that first; "vhacs storage --standby c02" only stops \(nothing was changed\)$/,
      )
    expect(contentOf(cluster)).toEqual(before)
  })

  test('of what Pacemaker does not stop is refused', async () => {
    const cluster = threeClouds()
    cluster.cib = withMeta(cluster.cib, 'c02-mount', 'is-managed', 'false')
    await given(cluster)
      .run('storage -r c02')
      .isRefused(/c02-mount has is-managed=false: .* \(crm_resource -r c02-mount --meta -d is-managed\)/)
  })

  test('of a storage in standby is refused', async () => {
    const cluster = threeClouds()
    await given(cluster).run('storage -S c02')
    await given(cluster)
      .run('storage -r c01-2')
      .isRefused('vhacs: c02 is in standby: start it with "vhacs storage --active c02"')
    expect(statesOf(cluster)).toEqual(['c01 active', 'c02 standby', 'c03 active'])
  })
})

describe('users of a storage that will be unmounted are reported, and killed by the agent', () => {
  const used = () => {
    const cluster = threeClouds()
    const sides = cluster.nodes.map(({ system }) => system)
    const minors = readCluster(cluster.cib).clouds.map(({ minor }) => minor)
    const inSync = minors.map(minor => ` ${minor}: cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----\n`)
    for (const system of sides) system.put('/proc/drbd', `version: 8.4.11 (api:1)\n${inSync.join('')}`)
    const holder = node(cluster, 'node2')
    holder.users.add(77)
    holder.otherUsers.push(
      'namespace /proc/99/mountinfo mnt:[4026532000]',
      '/sys/block/loop0/loop/backing_file\t/clouds/c02/image',
      '/sys/block/loop1/loop/backing_file\t/clouds/elsewhere',
    )
    return cluster
  }

  test.each([
    'storage -S c02',
    'storage -r c02',
    'storage -p node1 c02',
    'node -S node2',
    'node -d vhost node2',
  ])('%s', async line => {
    const { stdout } = await given(used()).run(line).succeeds()
    expect(stdout.join('\n')).toContain(
      'WARNING: c02 is used on node2 by process 77, the mount namespace of process 99, loop device loop0 on /clouds/c02/image (losetup -d /dev/loop0), which keeps it from being unmounted, so that the node would be fenced',
    )
  })

  test.each([
    'node -S node1',
    'node -d storage node2',
    'node -A node2',
    'storage -A c02',
  ])('but not where nothing is unmounted: %s', async line => {
    const { stdout } = await given(used()).run(line).succeeds()
    expect(stdout.join('\n')).not.toContain('WARNING')
  })

  test('an unreachable node does not prevent its resources from being stopped', async () => {
    const cluster = used()
    node(cluster, 'node2').isUp = false
    const { stdout } = await given(cluster).run('storage -S c02').succeeds()
    expect(stdout.join('\n')).toMatch(/could not determine what uses it: ssh root@node2/)
  })
})

describe('nothing is changed when', () => {
  test.each([
    ['storage -S c01-4', 'vhacs: there is no storage c04 (storages: c01, c02, c03)'],
    ['storage -A nothing', 'vhacs: there is no storage nothing (storages: c01, c02, c03)'],
    ['storage -r ,', 'vhacs: a name is missing: separate names by single commas'],
  ])('%s', async (line, words) => {
    const cluster = threeClouds()
    await given(cluster).run(line).isRefused(words, [])
    expect(cluster.ran.filter(command => !isReading(command))).toEqual([])
  })

  test('a storage differs from what vhacs created', async () => {
    const cluster = threeClouds()
    cluster.cib = edited(cluster.cib, ({ attributes }) => (attributes.id === 'c01-drbd-export-order' ? [] : undefined))
    await given(cluster)
      .run('storage -S c01-2')
      .isRefused(/c01 differs from what vhacs created/)
    expect(cluster.ran.filter(command => !isReading(command))).toEqual([])
  })
})
