import { describe, expect, test } from 'vitest'
import { element } from '../../../../cloud/xml.ts'
import { type FakeCluster, fakeCluster, isReading, node } from '../../../fake/cluster/cluster.ts'
import { withChildren, withNodeAttribute } from '../../cloud/cib.ts'
import { c0 } from '../../cloud/examples.ts'
import { cloudOf } from '../../cloud/scheduler/clusters.ts'
import { given } from '../call.ts'
import { RECORDED } from '../recorded.ts'
import { fenced } from './fence.ts'

/** A cloud as it runs, as far as the kernels of its nodes show it. */
function running(): FakeCluster {
  const cluster = fakeCluster([c0])
  const drbd = (state: string) => `version: 8.4.11 (api:1)\n 0: ${state} C r-----\n    ns:0 oos:0\n`
  node(cluster, 'node1').system.put('/proc/drbd', drbd('cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate'))
  node(cluster, 'node2').system.put('/proc/drbd', drbd('cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate'))
  const acl = (name: string) =>
    `/sys/kernel/config/target/iscsi/${c0.iqn}/tpgt_1/acls/iqn.2004-10.com.debian:${name}/info`
  const { system } = node(cluster, 'node1')
  system.put(acl('node1'), 'No active iSCSI Session for Initiator Endpoint: iqn.2004-10.com.debian:node1\n')
  system.put(acl('node2'), 'InitiatorName: iqn.2004-10.com.debian:node2\nInitiatorAlias: node2\nLIO Session ID: 1\n')
  node(cluster, 'node2').system.put('/sys/block/sda/device/wwid', 'naa.6001405aabbccdd\n')
  return cluster
}

const factsOf = (lines: readonly string[]) =>
  Object.fromEntries(
    lines.slice(1).map(line =>
      line
        .trim()
        .split(/: +(.*)/)
        .slice(0, 2),
    ),
  )

test('everything on the path from the volumes to the mount is shown', async () => {
  const { stdout } = await given(running()).run('storage -i c0').succeeds()
  expect(stdout[0]).toBe('c0')
  expect(factsOf(stdout)).toEqual({
    state: 'active',
    'volume on node1': '/dev/vhacs/c0, 1.0G, active',
    'volume on node2': '/dev/vhacs/c0, 1.0G, active',
    'DRBD on node1': 'Connected, Primary, UpToDate',
    'DRBD on node2': 'Connected, Secondary, UpToDate',
    replication: '/dev/drbd0, port 7800, in sync',
    'replicates over': '192.0.2.1:7800 (node1), 192.0.2.2:7800 (node2)',
    target: 'iqn.2026-01.org.vhacs:lab:c0, TPG 1, on node1, portal 10.77.1.100:3260',
    CHAP: 'none',
    'disk identity': 'naa.6001405aabbccdd',
    initiators: 'iqn.2004-10.com.debian:node1, iqn.2004-10.com.debian:node2',
    'logged in': 'iqn.2004-10.com.debian:node2',
    mount: '/srv/c0 on node2, 940M of 1008M free',
    mounted: '/dev/sda, ext3, rw,relatime',
    'preferred vhosts': 'node2, node1',
    'takeover by node2': 'ready (export)',
    'takeover by node1': 'ready (mount)',
    'last rehearsal': 'never',
    'last verification': 'never',
  })
})

test('what is in the way of a takeover is named, with what to do', async () => {
  const cluster = running()
  const ban = { id: 'cli-ban-c0-export-on-node2', rsc: 'c0-export', node: 'node2', score: '-INFINITY' }
  cluster.cib = withChildren(cluster.cib, 'constraints', element('rsc_location', ban))
  const { stdout } = await given(cluster).run('storage -i c0').succeeds()
  expect(factsOf(stdout)['takeover by node2']).toBe(
    'NOT READY (export, if node1 is lost): the constraint cli-ban-c0-export-on-node2 bans c0-export from node2 (crm_resource --clear -r c0-export -N node2)',
  )
  expect(factsOf(stdout)['takeover by node1']).toBe('ready (mount)')
})

test('a node that would take over is asked whether it can: its file system of /run is full', async () => {
  const cluster = running()
  const answer = RECORDED.replace('/run 50817 ', '/run 100 ').replace('org.vhacs:node2', 'org.vhacs:x')
  node(cluster, 'node2').system.tools.set('sh', () => ({ status: 0, stdout: answer }))
  const { stdout } = await given(cluster).run('storage -i c0').succeeds()
  expect(factsOf(stdout)['takeover by node2']).toBe(
    'NOT READY (export, if node1 is lost): the file system of /run is full; starts that write there fail (free space ("df /run", "du -x"))',
  )
})

test('where the scheduler cannot be asked, the rest is shown', async () => {
  const cluster = running()
  cluster.disturb = ({ words: [tool] }) => (tool === 'crm_simulate' ? 'fails' : undefined)
  const { stdout } = await given(cluster).run('storage -i c0').succeeds()
  expect(factsOf(stdout)).toMatchObject({ state: 'active', unknown: expect.stringContaining('crm_simulate') })
})

test('a resync shows how far it is', async () => {
  const cluster = running()
  const text =
    "version: 8.4.11 (api:1)\n 0: cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----\n    ns:0 oos:204800\n\t[=>...] sync'ed: 12.3% (1/2)K\n"
  node(cluster, 'node1').system.put('/proc/drbd', text)
  const { stdout } = await given(cluster).run('storage -i c0')
  expect(factsOf(stdout)).toMatchObject({
    'DRBD on node1': 'SyncSource, Primary, UpToDate, 12.3% synchronised, 200M out of sync',
    replication: '/dev/drbd0, port 7800, not in sync',
  })
})

test('a verification shows how far it is, and its result how old it is', async () => {
  const cluster = running()
  const text = (own: string) =>
    `version: 8.4.11 (api:1)\n 0: cs:${own} ds:UpToDate/UpToDate C r-----\n    ns:0 oos:8\n\t[=>...] verified: 12.3% (1/2)K\n`
  node(cluster, 'node1').system.put('/proc/drbd', text('VerifyT ro:Primary/Secondary'))
  node(cluster, 'node2').system.put('/proc/drbd', text('VerifyS ro:Secondary/Primary'))
  const record = `${new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 19)}Z different 8192 12`
  cluster.cib = withNodeAttribute(cluster.cib, 'node1', 'vhacs-verification-c0', record)
  const { stdout } = await given(cluster).run('storage -i c0')
  expect(factsOf(stdout)).toMatchObject({
    'DRBD on node2': 'VerifyS, Secondary, UpToDate, 12.3% verified, 8.0K out of sync',
    replication: '/dev/drbd0, port 7800, in sync, being verified',
    'last verification': 'DIFFERENT 3 days ago: 8.0K',
  })
  const json = await given(cluster).run('storage -i c0 --json').succeeds()
  expect(JSON.parse(json.stdout.join('\n')).storages[0].lastVerification).toMatchObject({
    ...{ outcome: 'different', isEqual: false, differentBytes: 8192, durationSeconds: 12 },
  })
})

test('disconnected sides are reported, and a split brain as such', async () => {
  const cluster = running()
  const text =
    'version: 8.4.11 (api:1)\n 0: cs:StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown r-----\n    ns:0 oos:4\n'
  for (const name of ['node1', 'node2']) node(cluster, name).system.put('/proc/drbd', text)
  const apart = await given(cluster).run('storage -i c0')
  expect(factsOf(apart.stdout).replication).toMatch(
    /disconnected without a known split brain: connect the two sides with "vhacs storage --unfail c0"$/,
  )
  // as DRBD's handler leaves it
  node(cluster, 'node2').system.put('/run/vhacs/split-brain-c0', '')
  const split = await given(cluster).run('storage -i c0')
  expect(factsOf(split.stdout).replication).toMatch(/SPLIT BRAIN/)
})

test.each([
  [undefined, 'one-way'],
  [{ user: 'target', secret: '/etc/vhacs/in' }, 'mutual'],
])('only whether CHAP is required is shown (%j: %s)', async (target, kind) => {
  const { stdout } = await given(
    fakeCluster([{ ...c0, chap: { initiator: { user: 'vhost', secret: '/etc/vhacs/out' }, target } }]),
  ).run('storage -i c0')
  expect(factsOf(stdout).CHAP).toBe(kind)
  expect(stdout.join()).not.toMatch(/vhost'|\/etc\/vhacs\/(in|out)/)
})

test('an invalid configuration of DRBD is reported', async () => {
  const cluster = running()
  node(cluster, 'node2').system.put('/etc/drbd.d/c0.res', 'resource c0 {')
  const { stdout } = await given(cluster).run('storage -i c0').succeeds()
  expect(factsOf(stdout)).toMatchObject({
    'replicates over': '192.0.2.1:7800 (node1)',
    unknown: expect.stringMatching(/c0\.res: "resource c0 \{" is never closed/),
  })
})

test('a fact that a node does not report is a question mark, with the reason, and the rest is shown', async () => {
  const cluster = running()
  node(cluster, 'node2').isUp = false
  const { stdout } = await given(cluster).run('storage -i c0').succeeds()
  expect(factsOf(stdout)).toMatchObject({
    'volume on node1': '/dev/vhacs/c0, 1.0G, active',
    'volume on node2': '?',
    'DRBD on node2': expect.stringMatching(/^\? \(ssh root@node2 exited with 255: .*No route to host\)$/),
    unknown: expect.stringMatching(/^ssh root@node2 exited with 255/),
  })
})

test('a fence constraint and a failure are shown, with their meaning and origin', async () => {
  const cluster = fenced(running())
  cluster.failures = ['c0-session', 'c1-session'].map(resource => {
    return { resource, node: 'node2', action: 'monitor', reason: 'no session' }
  })
  const { stdout } = await given(cluster).run('storage -i c0')
  expect(factsOf(stdout)).toMatchObject({
    fence: 'only node1 may be promoted until the resync is complete (drbd-fence-by-handler-c0-c0-drbd-clone)',
  })
  expect(stdout).toContainEqual(expect.stringMatching(/^ *failed: c0-session: +monitor on node2: no session$/))
  expect(stdout.join(' ')).not.toContain('c1-session')
})

test('a degraded resource is not reported as failed', async () => {
  const cluster = running()
  cluster.failures = [
    { resource: 'c0-drbd', node: 'node1', action: 'monitor', reason: 'no connection to the peer', isDegraded: true },
  ]
  const { stdout } = await given(cluster).run('storage -i c0')
  expect(stdout).toContainEqual(expect.stringMatching(/^ *degraded: c0-drbd: +monitor on node1: no connection/))
})

test('a storage in standby shows the state of its disks', async () => {
  const cluster = fakeCluster([{ ...c0, state: 'standby' }])
  for (const one of cluster.nodes) one.system.put('/proc/drbd', 'version: 8.4.11 (api:1)\n')
  const { stdout } = await given(cluster).run('storage -i c0').succeeds()
  expect(factsOf(stdout)).toMatchObject({
    state: 'standby',
    'volume on node1': expect.stringMatching(/^\/dev\/vhacs\/c0, 1.0G, /),
    'DRBD on node1': '? (DRBD is down)',
    target: expect.stringContaining(' on no node, '),
    'disk identity': '?',
    'logged in': 'none',
    mount: '/srv/c0, not mounted',
  })
})

test('it changes nothing', async () => {
  const cluster = running()
  await given(cluster).run('storage -i ALL')
  expect(cluster.ran.filter(command => !isReading(command))).toEqual([])
})

describe('of several storages', () => {
  const placement = { storageNodes: ['node1', 'node2'], preferredVhosts: ['node2', 'node1'] } as const
  const clouds = Array.from({ length: 3 }, (_, index) => cloudOf(index, placement))
  const DRBD = clouds.map(({ minor }) => ` ${minor}: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----`)
  const MOUNTS = clouds.map(({ directory }) => ({
    target: directory,
    source: '/dev/sdx',
    fstype: 'ext3',
    options: 'rw',
  }))

  function several(): FakeCluster {
    const cluster = fakeCluster(clouds)
    for (const name of ['node1', 'node2']) {
      const { system } = node(cluster, name)
      system.put('/proc/drbd', `version: 8.4.11 (api:1)\n${DRBD.map(line => `${line}\n    ns:0 oos:0\n`).join('')}`)
      const alone = system.tools.get('findmnt')
      system.tools.set('findmnt', (args, options) => {
        if (args.includes('--list')) return { status: 0, stdout: JSON.stringify({ filesystems: MOUNTS }) }
        return alone?.(args, options) ?? 1
      })
    }
    return cluster
  }

  const countOf = ({ ran }: FakeCluster, ...words: readonly string[]) =>
    ran.filter(command => words.every((word, index) => command.words[index] === word)).length

  test('each node is asked for volumes, replication and mounts once', async () => {
    const cluster = several()
    const { stdout } = await given(cluster).run('storage -i ALL').succeeds()
    expect(stdout.filter(line => line.includes('mounted: ')).map(line => line.trim().replace(/ +/g, ' '))).toEqual(
      clouds.map(() => 'mounted: /dev/sdx, ext3, rw'),
    )
    expect(stdout.filter(line => /volume on node[12]: +\/dev\/vhacs\/c[0-2], 1.0G, active/.test(line)).length).toBe(6)
    expect(stdout.filter(line => line.endsWith(', in sync')).length).toBe(3)
    expect(countOf(cluster, 'lvs')).toBe(2)
    expect(countOf(cluster, 'cat', '/proc/drbd')).toBe(2)
  })

  test('what is missing in that answer is asked for alone, and explained', async () => {
    const cluster = several()
    node(cluster, 'node2').volumes.delete('c1')
    node(cluster, 'node2').system.put('/proc/drbd', `version: 8.4.11 (api:1)\n${DRBD[0]}\n    ns:0 oos:0\n`)
    const { stdout } = await given(cluster).run('storage -i ALL').succeeds()
    expect(stdout.join('\n')).toContain('Failed to find logical volume "vhacs/c1"')
    expect(stdout.filter(line => line.endsWith(', in sync')).length).toBe(1)
    expect(stdout.filter(line => line.includes('DRBD is down')).length).toBe(2)
  })
})
