import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { METRICS } from '../../../../cli/metrics/definitions.ts'
import { resourceIds } from '../../../../cloud/ids.ts'
import { element } from '../../../../cloud/xml.ts'
import { CIB_FILE } from '../../../../system/cib-directory.ts'
import { cgroupOf, unitOf } from '../../../../system/nspawn/unit.ts'
import { interruptionLine, interruptionPath } from '../../../../system/pacemaker/interruption-note.ts'
import { drbdLines, metricsNode } from '../../../fake/nodes/metrics-node.ts'
import { fakeSystem } from '../../../fake/system.ts'
import { errno, link, liveFile } from '../../../fake/tree.ts'
import { withChildren, withNodeAttribute } from '../../cloud/cib.ts'
import { c0, db0, web0 } from '../../cloud/examples.ts'
import { cloudOf } from '../../cloud/scheduler/clusters.ts'
import { runWords } from '../call.ts'
import { brokenParts, readMetrics, valuesOf } from './read-metrics.ts'

/** Exported and mounted on node1, or neither. */
const here = { ...c0, preferredVhosts: ['node1', 'node2'] }
const elsewhere = {
  ...cloudOf(7, { storageNodes: ['node2', 'node1'], preferredVhosts: ['node2', 'node1'] }),
  name: 'away',
  directory: '/srv/away',
}

describe('a node on which all is well', () => {
  test('has all layers of a storage that it exports and mounts', async () => {
    const { series, status, stderr } = await readMetrics(metricsNode([here, elsewhere]).system)
    expect({ status, stderr, broken: brokenParts(series) }).toEqual({ status: 0, stderr: [], broken: [] })
    const of = (name: string) => valuesOf(series, name)
    expect(of('build_info')).toEqual(['1.2.3 1'])
    expect(of('cluster_node_state')).toEqual(['node1 online 1', 'node2 online 1'])
    expect(of('storage_info')).toContain('c0 /dev/drbd0 10.77.1.100 /srv/c0 1')
    expect(of('storage_running')).toEqual(['away 1', 'c0 1'])
    expect(of('layer_state').filter(line => line.startsWith('c0'))).toEqual([
      'c0 volume node1 started 1',
      'c0 volume node2 started 1',
      'c0 drbd node1 promoted 1',
      'c0 drbd node2 unpromoted 1',
      'c0 target node1 started 1',
      'c0 address node1 started 1',
      'c0 session node1 started 1',
      'c0 filesystem node1 started 1',
    ])
    expect(of('layer_failed').every(line => line.endsWith(' 0'))).toBe(true)
    expect(of('layer_degraded')).toEqual([])
    expect(of('volume_active')).toEqual(['away 1', 'c0 1'])
    expect(of('volume_size_bytes')).toContain(`c0 ${2 ** 30}`)
    expect(of('drbd_role')).toEqual(['away Secondary 1', 'c0 Primary 1'])
    expect(of('drbd_size_bytes')).toContain(`c0 ${2_097_080 * 512}`)
    expect(of('target_enabled')).toEqual(['away 0', 'c0 1'])
    expect(of('target_sessions')).toEqual(['c0 1'])
    expect(of('session_state')).toEqual(['c0 10.77.1.100:3260 logged_in 1'])
    expect(of('session_recovery_limit_seconds')).toEqual(['c0 10.77.1.100:3260 600'])
    expect(of('filesystem_avail_bytes')).toEqual([`c0 ${2 ** 28}`])
    expect(of('filesystem_read_only')).toEqual(['c0 0'])
    expect(of('filesystem_errors_total')).toEqual(['c0 0'])
  })

  test('runs crm_mon once, and no other process; changes nothing', async () => {
    const { system } = metricsNode([here, elsewhere])
    await readMetrics(system)
    const sections = ['--exclude=all', '--include=dc,nodes,resources,failcounts,failures']
    expect(system.commands).toEqual([['crm_mon', '-1', '--inactive', '--output-as=xml', ...sections]])
    expect(system.changes).toEqual([])
  })

  test('prints every metric that the table has, with its labels, in its order', async () => {
    const node = metricsNode([here], [web0])
    node.cib = withNodeAttribute(node.cib, 'node1', 'vhacs-rehearsal-c0', '2026-11-01T02:00:00Z passed node2 1.4 1.2')
    node.cib = withNodeAttribute(node.cib, 'node1', 'vhacs-verification-c0', '2026-11-01T03:00:00Z equal 0 12')
    node.drbd.set(
      'c0',
      drbdLines(0, 'Primary/Secondary', { connection: 'SyncSource', more: "oos:4\n\t[>.] sync'ed: 12.5% (4/8)K" }),
    )
    node.failures = ['c0-drbd', 'web0-container'].map(resource => {
      return { resource, node: 'node1', action: 'monitor', reason: 'x', isDegraded: true }
    })
    node.system.put('/run/vhacs/snapshots', 'at 1796049492\nc0.monday 0.7140\n')
    const { series } = await readMetrics(node.system)
    const printed = [...new Set(series.map(({ name }) => name))]
    expect(printed).toEqual(Object.keys(METRICS).map(name => `vhacs_${name}`))
    const labels = Object.fromEntries(series.map(one => [one.name.slice('vhacs_'.length), Object.keys(one.labels)]))
    expect(labels).toEqual(Object.fromEntries(Object.entries(METRICS).map(([name, one]) => [name, one.labels])))
  })
})

describe('vservers', () => {
  const onHere = () => metricsNode([here], [web0, { ...db0, state: 'standby' }])

  test('have their places, their states, and what their control groups say', async () => {
    const { series } = await readMetrics(onHere().system)
    const of = (name: string) => valuesOf(series, name)
    expect(brokenParts(series)).toEqual([])
    expect(of('vserver_info')).toEqual(['db0 c0 192.0.2.10 /srv/c0/servers/db 1', 'web0 c0  /srv/c0/web0 1'])
    expect(of('vserver_state')).toEqual(['db0 c0 standby 1', 'web0 c0 active 1'])
    expect(of('vserver_running')).toEqual(['db0 c0 0', 'web0 c0 1'])
    expect(of('vserver_failed')).toEqual(['web0 c0 node1 0'])
    expect(of('container_state')).toEqual(['web0 c0 running 1'])
    expect(of('container_memory_bytes')).toEqual(['web0 c0 104857600'])
    expect(of('container_cpu_seconds_total')).toEqual(['web0 c0 2.5'])
  })

  test('have failures by node, and reasons of bounded number', async () => {
    const node = onHere()
    const reason = 'services of web0 have failed: run "systemctl -M web0 --failed"'
    node.failures = [
      { resource: 'web0-container', node: 'node2', action: 'start', reason: 'x' },
      { resource: 'web0-container', node: 'node1', action: 'monitor', reason, isDegraded: true },
    ]
    const { series } = await readMetrics(node.system)
    expect(valuesOf(series, 'vserver_failed')).toEqual(['web0 c0 node1 0', 'web0 c0 node2 1'])
    expect(valuesOf(series, 'vserver_degraded')).toEqual(['web0 c0 node1 services_failed 1'])
  })

  const cgroup = cgroupOf(unitOf('web0'))

  test.each<[string, string | undefined, string]>([
    ['frozen', `${cgroup}/cgroup.events`, 'populated 1\nfrozen 1\n'],
    ['changing', '/proc/2001/task/2001/children', ''],
    ['killed', `${cgroup}/supervisor/cgroup.procs`, ''],
    ['stopped', `${cgroup}/cgroup.events`, 'populated 0\nfrozen 0\n'],
  ])('a container is %s', async (state, path = '', text) => {
    const { system } = onHere()
    system.put(path, text)
    const { series } = await readMetrics(system)
    expect(valuesOf(series, 'container_state')).toEqual([`web0 c0 ${state} 1`])
  })
})

describe('DRBD', () => {
  const recorded = readFileSync(new URL('../../../fixtures/drbd/recorded-8.4.11.txt', import.meta.url), 'utf8')
  const minors = [210, 211, 212, 213, 214, 215, 216]
  const clouds = minors.map(minor => ({ ...here, name: `c${minor}`, minor }))

  /** A node whose /proc/drbd is the recorded one. */
  function recordedNode() {
    const { system } = metricsNode(clouds)
    system.put('/proc/drbd', recorded)
    return system
  }

  test('each recorded state is printed as it is; c213 is not configured', async () => {
    const { series } = await readMetrics(recordedNode())
    expect(brokenParts(series)).toEqual([])
    expect(valuesOf(series, 'drbd_connection_state')).toEqual([
      'c210 node2 Connected 1',
      'c211 node2 SyncTarget 1',
      'c212 node2 PausedSyncT 1',
      'c214 node2 WFConnection 1',
      'c215 node2 StandAlone 1',
      'c216 node2 WFConnection 1',
    ])
    expect(valuesOf(series, 'drbd_connected')).toEqual([
      'c210 node2 1',
      'c211 node2 1',
      'c212 node2 1',
      'c214 node2 0',
      'c215 node2 0',
      'c216 node2 0',
    ])
    expect(valuesOf(series, 'drbd_io_suspended')).toContain('c214 1')
    expect(valuesOf(series, 'drbd_resync_ratio')).toContain('c211 node2 0.125')
    expect(valuesOf(series, 'drbd_disk_state')).toContain('c211 Inconsistent 1')
    expect(valuesOf(series, 'drbd_up_to_date')).toContain('c211 0')
  })

  test('a split brain is one while the sides are not connected', async () => {
    const system = recordedNode()
    for (const name of ['c210', 'c215']) system.put(`/run/vhacs/split-brain-${name}`, '')
    const { series } = await readMetrics(system)
    expect(valuesOf(series, 'drbd_split_brain').filter(line => line.endsWith(' 1'))).toEqual(['c215 1'])
  })

  test('a line of unknown form is a fault, and leaves the other storages as they are', async () => {
    const system = recordedNode()
    system.put('/proc/drbd', recorded.replace('cs:StandAlone', 'cs:??'))
    const { series, status, stderr } = await readMetrics(system)
    expect(brokenParts(series)).toEqual(['drbd'])
    expect(valuesOf(series, 'drbd_role').map(line => line.split(' ')[0])).toEqual([
      'c210',
      'c211',
      'c212',
      'c214',
      'c216',
    ])
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: [expect.stringMatching(/^vhacs: drbd is incomplete: .*unexpected line/)],
    })
  })

  test('a state that DRBD does not have has one label, whatever its name', async () => {
    const system = recordedNode()
    system.put('/proc/drbd', recorded.replace('cs:StandAlone', 'cs:Novel').replace('cs:WFConnection', 'cs:Newer'))
    const { series } = await readMetrics(system)
    expect(valuesOf(series, 'drbd_connection_state').filter(line => line.includes('other'))).toEqual([
      'c214 node2 other 1',
      'c215 node2 other 1',
    ])
  })

  test("a minor of another resource is not the storage's", async () => {
    const { system } = metricsNode([here])
    system.put('/sys/kernel/debug/drbd/minors/0', link('../resources/other/volumes/0'))
    const { series } = await readMetrics(system)
    expect(valuesOf(series, 'drbd_role')).toEqual([])
  })

  test('without debugfs, the minor in the CIB counts', async () => {
    const { system } = metricsNode([here])
    system.take('/sys/kernel/debug')
    expect(valuesOf((await readMetrics(system)).series, 'drbd_role')).toEqual(['c0 Primary 1'])
  })
})

describe('a layer in trouble', () => {
  test('a volume that is suspended or inactive', async () => {
    const { system } = metricsNode([here, elsewhere])
    system.put('/sys/block/dm-1/dm/suspended', '1\n')
    system.take('/sys/block/dm-2')
    const { series } = await readMetrics(system)
    expect(valuesOf(series, 'volume_suspended')).toEqual(['c0 1'])
    expect(valuesOf(series, 'volume_active')).toEqual(['away 0', 'c0 1'])
  })

  test('a snapshot, as the watch has seen it last', async () => {
    const { system } = metricsNode([here])
    expect(valuesOf((await readMetrics(system)).series, 'snapshot_watch_timestamp_seconds')).toEqual([])
    system.put('/run/vhacs/snapshots', 'at 1796049492\nc0.monday 0.7140\nother.monday 0.1000\n')
    const { series } = await readMetrics(system)
    expect(valuesOf(series, 'snapshot_used_ratio')).toEqual(['c0 monday 0.714'])
    expect(valuesOf(series, 'snapshot_watch_timestamp_seconds')).toEqual(['1796049492'])
    system.put('/run/vhacs/snapshots', 'at noon\n')
    expect(valuesOf((await readMetrics(system)).series, 'scrape_success')).toContain('volume 0')
  })

  test('a target that is disabled, with nobody logged in', async () => {
    const { system } = metricsNode([here])
    const tpg = `/sys/kernel/config/target/iscsi/${here.iqn}/tpgt_1`
    system.put(`${tpg}/enable`, '0\n')
    system.put(`${tpg}/acls/${here.initiators[0]}/info`, 'No active iSCSI Session for Initiator Endpoint: x\n')
    const { series } = await readMetrics(system)
    expect(valuesOf(series, 'target_enabled')).toEqual(['c0 0'])
    expect(valuesOf(series, 'target_sessions')).toEqual(['c0 0'])
  })

  test('a session in recovery, since the monitor noted it', async () => {
    const { system } = metricsNode([here])
    system.put('/sys/class/iscsi_session/session1/state', 'FAILED\n')
    const resource = resourceIds('c0').session
    const note = {
      resource,
      since: system.now() - 42_000,
      seen: system.now(),
      reason: 'the session is being recovered',
    }
    system.put(interruptionPath(resource, 'plain'), `${interruptionLine(note)}\n`)
    const { series } = await readMetrics(system)
    expect(valuesOf(series, 'session_state')).toEqual(['c0 10.77.1.100:3260 failed 1'])
    expect(valuesOf(series, 'session_connected')).toEqual(['c0 10.77.1.100:3260 0'])
    expect(valuesOf(series, 'session_recovery_seconds')).toEqual(['c0 10.77.1.100:3260 42'])
  })

  test('a blocked disk counts as not connected, with 0 seconds until a monitor has noted it', async () => {
    const { system } = metricsNode([here])
    system.put('/sys/class/iscsi_session/session1/device/target0:0:0/0:0:0:0/state', 'blocked\n')
    const { series } = await readMetrics(system)
    expect(valuesOf(series, 'session_connected')).toEqual(['c0 10.77.1.100:3260 0'])
    expect(valuesOf(series, 'session_recovery_seconds')).toEqual(['c0 10.77.1.100:3260 0'])
  })

  test('a second session with the same portal does not repeat a time series', async () => {
    const { system } = metricsNode([here, { ...here, name: 'c1', minor: 1, directory: '/srv/c1' }])
    expect(valuesOf((await readMetrics(system)).series, 'session_state')).toEqual([
      'c0 10.77.1.100:3260 logged_in 1',
      'c1 10.77.1.100:3260 logged_in 1',
    ])
  })

  test.each(['ro', 'rw,emergency_ro', 'rw,shutdown'])('a file system with errors, %s', async superOptions => {
    const node = metricsNode([here])
    const mount = node.mounts.get('c0')
    if (mount) mount.superOptions = superOptions
    node.system.put('/sys/fs/ext4/sd-1/errors_count', '3\n')
    const { series } = await readMetrics(node.system)
    expect(valuesOf(series, 'filesystem_read_only')).toEqual(['c0 1'])
    expect(valuesOf(series, 'filesystem_errors_total')).toEqual(['c0 3'])
  })

  test('a mount that is read-only in the namespace of this process alone is not', async () => {
    const node = metricsNode([here])
    const mount = node.mounts.get('c0')
    if (mount) mount.options = 'ro,noatime'
    expect(valuesOf((await readMetrics(node.system)).series, 'filesystem_read_only')).toEqual(['c0 0'])
  })

  test('a file system that hides the mount of the storage is not measured in its place', async () => {
    const node = metricsNode([here])
    const mount = node.mounts.get('c0')
    if (mount) node.mounts.set('above', { ...mount, fileSystem: 'tmpfs', device: '0:99' })
    expect(valuesOf((await readMetrics(node.system)).series, 'filesystem_size_bytes')).toEqual([])
  })

  test('space that cannot be read leaves the state of the file system', async () => {
    const { system } = metricsNode([here])
    const broken = { ...system, space: async (path: string) => Promise.reject(errno('ETIMEDOUT', 'statfs', path)) }
    const { series } = await readMetrics(broken)
    expect(brokenParts(series)).toEqual(['filesystem'])
    expect(valuesOf(series, 'filesystem_errors_total')).toEqual(['c0 0'])
    expect(valuesOf(series, 'filesystem_size_bytes')).toEqual([])
  })
})

describe('the cluster', () => {
  test('an export that does not run', async () => {
    const node = metricsNode([here])
    node.active = cib =>
      metricsNode([here])
        .active(cib)
        .filter(({ id }) => !['c0-target', 'c0-address'].includes(id))
    const { series } = await readMetrics(node.system)
    expect(valuesOf(series, 'storage_running')).toEqual(['c0 0'])
    expect(valuesOf(series, 'storage_ready')).toEqual([])
    expect(valuesOf(series, 'layer_state')).toContain('c0 target  stopped 1')
  })

  test('a failure that is over does not count as an export that does not run; one that is not over does', async () => {
    const node = metricsNode([here])
    node.failures = [{ resource: 'c0-target', node: 'node1', action: 'monitor', reason: 'it was gone' }]
    expect(valuesOf((await readMetrics(node.system)).series, 'storage_running')).toEqual(['c0 1'])
    const { stdout = '' } = (await node.system.tools.get('crm_mon')?.([], {})) as { stdout: string }
    const changed = stdout.replace(/(<resource id="c0-target" [^>]*failed=)"false"/, '$1"true"')
    node.system.tools.set('crm_mon', () => ({ status: 0, stdout: changed }))
    expect(valuesOf((await readMetrics(node.system)).series, 'storage_running')).toEqual(['c0 0'])
  })

  test('failed and degraded layers, on the nodes where they are', async () => {
    const node = metricsNode([here])
    const at = (resource: string, on: string, reason: string, isDegraded: boolean) => ({
      ...{ resource, node: on, action: 'monitor', reason, isDegraded },
    })
    node.failures = [
      at(
        'c0-drbd',
        'node1',
        'no connection to the peer (WFConnection); Pacemaker may promote it on node1 only, until',
        true,
      ),
      at('c0-filesystem', 'node2', 'mount failed', false),
    ]
    const { series } = await readMetrics(node.system)
    expect(valuesOf(series, 'layer_degraded')).toEqual([
      'c0 drbd node1 peer_disconnected 1',
      'c0 drbd node1 fence_constraint 1',
    ])
    expect(valuesOf(series, 'layer_failed').filter(line => line.endsWith(' 1'))).toEqual(['c0 filesystem node2 1'])
  })

  test('a storage that the other node could take over is ready, until that has failed there for good', async () => {
    const node = metricsNode([here])
    expect(valuesOf((await readMetrics(node.system)).series, 'storage_ready')).toEqual(['c0 1'])
    const { stdout = '' } = (await node.system.tools.get('crm_mon')?.([], {})) as { stdout: string }
    const history =
      '<node_history><node name="node2"><resource_history id="c0-target" fail-count="1000000"/></node></node_history>'
    const changed = stdout.replace('</pacemaker-result>', `${history}</pacemaker-result>`)
    node.system.tools.set('crm_mon', () => ({ status: 0, stdout: changed }))
    expect(valuesOf((await readMetrics(node.system)).series, 'storage_ready')).toEqual(['c0 0'])
  })

  test.each([
    ['equal 0', 1, 0],
    ['equalised 8192', 1, 8192],
    ['different 8192', 0, 8192],
    ['repaired 8192', 1, 8192],
  ])('the last verification: %s', async (result, success, bytes) => {
    const node = metricsNode([here])
    node.cib = withNodeAttribute(node.cib, 'node1', 'vhacs-verification-c0', `2026-11-01T03:00:00Z ${result} 12`)
    const { series } = await readMetrics(node.system)
    expect(valuesOf(series, 'verify_last_success')).toContain(`c0 ${success}`)
    expect(valuesOf(series, 'verify_last_different_bytes')).toContain(`c0 ${bytes}`)
    expect(valuesOf(series, 'verify_last_timestamp_seconds')).toContain(`c0 ${Date.UTC(2026, 10, 1, 3) / 1000}`)
  })

  test('the last rehearsal, passed or failed', async () => {
    const node = metricsNode([here, elsewhere])
    node.cib = withNodeAttribute(node.cib, 'node1', 'vhacs-rehearsal-c0', '2026-11-01T02:00:00Z passed node2 1.4 1.2')
    node.cib = withNodeAttribute(
      node.cib,
      'node2',
      'vhacs-rehearsal-away',
      '2026-11-02T02:00:00Z failed node1 too late',
    )
    const { series } = await readMetrics(node.system)
    expect(valuesOf(series, 'rehearsal_last_success')).toEqual(['away 0', 'c0 1'])
    expect(valuesOf(series, 'rehearsal_last_timestamp_seconds')).toContain(`c0 ${Date.UTC(2026, 10, 1, 2) / 1000}`)
    expect(valuesOf(series, 'rehearsal_last_pause_seconds')).toEqual(['c0 there 1.4', 'c0 back 1.2'])
  })

  test('a fence constraint', async () => {
    const node = metricsNode([here])
    const id = 'drbd-fence-by-handler-c0-c0-drbd-clone'
    const expression = element('expression', { id: `${id}-e`, attribute: '#uname', operation: 'ne', value: 'node1' })
    const rule = element('rule', { id: `${id}-rule`, role: 'Promoted', score: '-INFINITY' }, [expression])
    const constraint = element('rsc_location', { id, rsc: 'c0-drbd-clone' }, [rule])
    node.cib = withChildren(node.cib, 'constraints', constraint)
    expect(valuesOf((await readMetrics(node.system)).series, 'fence_constraints')).toEqual(['c0 1'])
  })

  test('Pacemaker that does not run is a fault of that part alone', async () => {
    const { system } = metricsNode([here])
    system.tools.set('crm_mon', () => ({ status: 102, stderr: 'Not connected\n' }))
    const { series, status } = await readMetrics(system)
    expect({ status, broken: brokenParts(series) }).toEqual({ status: 0, broken: ['pacemaker'] })
    expect(valuesOf(series, 'storage_state')).toEqual(['c0 active 1'])
    expect(valuesOf(series, 'drbd_role')).toEqual(['c0 Primary 1'])
    expect(valuesOf(series, 'storage_running')).toEqual([])
  })

  test('crm_mon that is not installed, and garbage in its place, likewise', async () => {
    for (const tool of [undefined, () => ({ status: 0, stdout: '<a' })]) {
      const { system } = metricsNode([here])
      if (tool) system.tools.set('crm_mon', tool)
      else system.tools.delete('crm_mon')
      const { series } = await readMetrics(system)
      expect(brokenParts(series)).toEqual(['pacemaker'])
    }
  })
})

describe('without the CIB', () => {
  test.each([
    ['no file', (path: string) => ({ path, take: true })],
    ['garbage', (path: string) => ({ path, text: '<cib><' })],
    ['other XML', (path: string) => ({ path, text: '<a/>' })],
  ])('%s: what the kernel names is printed, and the command fails', async (_, broken) => {
    const { system } = metricsNode([here])
    const { take, text, path } = { take: false, text: '', ...broken(CIB_FILE) }
    if (take) system.take(path)
    else system.put(path, text)
    const { series, status, stderr } = await readMetrics(system)
    expect(status).toBe(1)
    expect(stderr).toEqual([expect.stringMatching(/^vhacs: the storages are unknown: /)])
    expect(brokenParts(series)).toEqual(['cib'])
    expect(valuesOf(series, 'drbd_role')).toEqual(['c0 Primary 1'])
    expect(valuesOf(series, 'cluster_has_quorum')).toEqual(['1'])
  })

  test('a node that is none of a cluster has its version, and what failed', async () => {
    const { series, status } = await readMetrics(
      fakeSystem({ '/proc/sys/kernel/hostname': 'x\n', '/proc/self/mountinfo': '' }),
    )
    expect({ status, broken: brokenParts(series) }).toEqual({ status: 1, broken: ['cib', 'pacemaker'] })
    expect(valuesOf(series, 'build_info')).toEqual(['1.2.3 1'])
  })
})

describe('garbage', () => {
  const FILES = [
    ['/proc/drbd', 'drbd'],
    ['/proc/self/mountinfo', 'filesystem'],
  ] as const

  test.each(FILES)('in %s is a fault of %s alone', async (path, part) => {
    for (const text of ['\0', '{'.repeat(1000), '\u{10ffff}\n', ' 0: cs:\n', 'version: 8.4.1\n 0: cs:Connected\n']) {
      const { system } = metricsNode([here])
      system.put(path, text)
      expect(brokenParts((await readMetrics(system)).series)).toEqual([part])
    }
  })

  test('in files of sysfs is a fault of their parts, without a value in its place', async () => {
    const { system } = metricsNode([here])
    for (const path of [
      '/sys/block/dm-1/size',
      '/sys/block/drbd0/size',
      '/sys/fs/ext4/sd-1/errors_count',
      '/sys/class/iscsi_session/session1/recovery_tmo',
      '/sys/class/iscsi_session/session1/state',
      `/sys/kernel/config/target/iscsi/${here.iqn}/tpgt_1/enable`,
    ])
      system.put(path, '"\\\n\0{}')
    const { series } = await readMetrics(system)
    expect(brokenParts(series)).toEqual(['volume', 'drbd', 'filesystem'])
    expect(series.filter(({ value }) => Number.isNaN(value))).toEqual([])
  })

  test('a file that cannot be read is a fault of its part', async () => {
    const { system } = metricsNode([here])
    const denied = () => {
      throw errno('EACCES', 'open', '/x')
    }
    system.put(`/sys/kernel/config/target/iscsi/${here.iqn}/tpgt_1/enable`, liveFile(denied))
    system.put('/sys/class/iscsi_session/session1/state', liveFile(denied))
    expect(brokenParts((await readMetrics(system)).series)).toEqual(['target', 'session'])
  })

  test('names that need escaping arrive as they are, and control characters visibly', async () => {
    const { system } = metricsNode([here])
    system.tools.set('crm_mon', () => ({
      status: 0,
      stdout: '<r><nodes><node name="a&quot;b\\c&#10;d&#x202e;e" online="true"/></nodes></r>',
    }))
    const { series } = await readMetrics(system)
    expect(valuesOf(series, 'cluster_node_state')).toEqual(['a"b\\c\\nd\\u202ee online 1'])
  })
})

describe('thirty-two storages', () => {
  const clouds = Array.from({ length: 32 }, (_, index) =>
    cloudOf(index, {
      storageNodes: index % 2 === 0 ? ['node1', 'node2'] : ['node2', 'node1'],
      preferredVhosts: index % 3 === 0 ? ['node1', 'node2'] : ['node2', 'node1'],
    }),
  )

  test('cost one process, and a bounded number of series each, whatever the reasons say', async () => {
    const node = metricsNode(clouds)
    node.failures = clouds.flatMap(({ name }, index) =>
      ['drbd', 'filesystem'].flatMap(layer =>
        ['node1', 'node2'].map(on => ({
          ...{ resource: `${name}-${layer}`, node: on, action: 'monitor', isDegraded: true },
          reason: `something new about ${name}, number ${index}`,
        })),
      ),
    )
    const { series } = await readMetrics(node.system)
    expect(brokenParts(series)).toEqual([])
    expect(node.system.commands).toHaveLength(1)
    expect(series.length / clouds.length).toBeLessThan(60)
    const reasons = new Set(series.flatMap(({ labels }) => labels.reason ?? []))
    expect([...reasons]).toEqual(['other'])
  })
})

test('--json and --dry-run are not for metrics', async () => {
  const { system } = metricsNode([here])
  expect((await runWords(system, ['metrics', '--json'])).status).toBe(2)
  expect((await runWords(system, ['metrics', '--dry-run'])).status).toBe(2)
})
