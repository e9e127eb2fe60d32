import { readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { degradedReason } from '../../../../agents/drbd-cloud/degraded-reason.ts'
import type { Evidence } from '../../../../agents/drbd-cloud/evidence.ts'
import { stateOf as fileSystemState } from '../../../../agents/ext3-filesystem/state.ts'
import { stateOf as sessionState } from '../../../../agents/iscsi-mount/state.ts'
import { stateOf as containerState } from '../../../../agents/nspawn-container/state.ts'
import { degradedReasons, REASONS } from '../../../../cli/metrics/degraded-reasons.ts'
import { briefReason } from '../../../../ocf/runtime/reason/brief-reason.ts'
import type { State } from '../../../../ocf/state.ts'
import type { DrbdPeer, DrbdStatus } from '../../../../system/drbd/status.ts'
import { unitOf } from '../../../../system/nspawn/unit.ts'
import { deepMonitor, started } from '../../../fake/nodes/nspawn-container.ts'

/* The agents write the reasons; each is recognised in the form that Pacemaker keeps. */

const NAME = 'storage-with-a-long-name'
const peer: DrbdPeer = {
  ...{ name: undefined, connection: 'Connected', role: 'Secondary', disk: 'UpToDate', isClient: false },
  ...{ percentDone: undefined, outOfSyncBytes: 0 },
}
const healthy: DrbdStatus = {
  ...{ minor: 0, role: 'Primary', disk: 'UpToDate', isClient: false, hasQuorum: true, suspended: undefined },
  peers: [peer],
}
const nothing: Evidence = {
  ...{ split: undefined, takenAddress: undefined, unreached: undefined, unready: [] },
  fencing: { constraint: undefined, notedSince: undefined, isOverdue: false },
  network: { loss: undefined, reach: { by: 'all' } } as Evidence['network'],
}
const constraint = { id: 'drbd-fence-by-handler-x', resource: NAME, clone: 'x', allowed: ['node1'], mark: '' }
const alone = { ...peer, connection: 'WFConnection', disk: 'DUnknown' }

describe('of drbd-cloud', () => {
  test.each<[string, Partial<DrbdStatus>, Partial<Evidence>]>([
    ['io_suspended', { suspended: 'fencing' }, {}],
    ['io_suspended', { failsIo: true }, {}],
    ['no_quorum', { hasQuorum: false }, {}],
    ['local_disk', { disk: 'Diskless' }, {}],
    ['local_disk', { disk: 'Outdated', peers: [alone] }, {}],
    ['split_brain', { peers: [{ ...alone, connection: 'StandAlone' }] }, { split: [] }],
    ['peer_dropped', { peers: [{ ...alone, connection: 'StandAlone' }] }, {}],
    ['port_taken', { peers: [{ ...alone, connection: 'StandAlone' }] }, { takenAddress: '192.0.2.1:7800' }],
    ['peer_disconnected', { peers: [alone] }, {}],
    ['peer_disconnected', { peers: [{ ...alone, name: 'beta' }] }, {}],
    ['peer_disk', { peers: [{ ...peer, connection: 'SyncSource', disk: 'Inconsistent', percentDone: 3 }] }, {}],
    ['resync', { peers: [{ ...peer, connection: 'SyncTarget', percentDone: 12.5 }] }, {}],
    ['fence_constraint_left', {}, { fencing: { constraint, notedSince: 0, isOverdue: true } }],
    ['network', {}, { network: lost('clients cannot reach 192.0.2.9 here because eth1 has no carrier') }],
    ['network', {}, { network: lost('only this node itself can reach 192.0.2.9 here because eth1 is down') }],
    ['unreached', {}, { unreached: 'clients could not reach this node: check its packet filter and the switch' }],
    ['kernel_modules', {}, { unready: ['this side cannot take over the export because its kernel cannot load x'] }],
  ])('%s', (label, status, evidence) => {
    const reason = degradedReason(NAME, { ...healthy, ...status }, { ...nothing, ...evidence }) ?? ''
    expect(degradedReasons(briefReason(reason))).toContain(label)
    expect(degradedReasons(briefReason(reason))).not.toContain('other')
  })

  test('several faults have a label each, as far as Pacemaker keeps their text', () => {
    const fencing = { constraint, notedSince: undefined, isOverdue: false }
    const reason = degradedReason(NAME, { ...healthy, peers: [alone] }, { ...nothing, fencing }) ?? ''
    expect(degradedReasons(briefReason(reason))).toEqual(['peer_disconnected', 'fence_constraint'])
  })

  test('advice about a split brain is not one', () => {
    const reason = degradedReason(NAME, { ...healthy, peers: [{ ...alone, connection: 'StandAlone' }] }, nothing) ?? ''
    expect(degradedReasons(reason)).toEqual(['peer_dropped'])
  })
})

describe('of iscsi-mount', () => {
  const parameters = { iqn: 'iqn.2026-01.org.example:storage', lun: 0, recovery_limit: 600 }
  const portal = '192.0.2.10:3260'
  const session = {
    ...{ name: 'session1', target: parameters.iqn, portal, interfaceName: 'default', recoverySeconds: 600 },
    state: 'LOGGED_IN' as const,
  }
  const disk = { name: 'sda', state: 'running', path: '/sys/x' }
  const path = { portal, session, disk, isBelowMap: false }
  const seen = {
    hasRecord: true,
    hasEmptyDirectory: false,
    outageSeconds: undefined,
    deadInterface: undefined,
    hasDaemon: true,
  }

  test.each([
    ['session_recovery', [{ ...path, session: { ...session, state: 'FAILED' as const } }], {}],
    ['recovery_limit', [{ ...path, session: { ...session, recoverySeconds: 120 } }], {}],
    ['recovery_limit', [{ ...path, session: { ...session, recoverySeconds: undefined } }], {}],
    ['session_missing', [path, { ...path, session: undefined, disk: undefined }], {}],
    ['disk_missing', [path, { ...path, disk: undefined }], {}],
    ['target_unreachable', [path, { ...path, isBelowMap: true, disk: { ...disk, state: 'offline' } }], {}],
    ['no_iscsid', [path], { hasDaemon: false }],
    ['no_carrier', [path], { deadInterface: 'eth1' }],
  ])('%s', (label, paths, more) => {
    const state = sessionState({ ...seen, ...more, paths } as unknown as Parameters<typeof sessionState>[0], parameters)
    expect(degradedReasons(briefReason(reasonOf(state)))).toContain(label)
  })
})

test('of ext3-filesystem: filesystem_errors', () => {
  const mount = { id: 1, parent: 1, device: '8:0', root: '/', mountPoint: '/x', fileSystem: 'ext3', source: '/dev/sda' }
  const ours = { ...mount, options: ['rw'], superOptions: ['rw'] }
  const presence = { number: '8:0', name: 'sda', ours, top: ours, elsewhere: [], systemMount: undefined, isInUse: true }
  const parameters = { device: '/dev/sda', directory: '/x', options: ['errors=continue'] }
  const state = fileSystemState({ mount: presence, orphan: undefined, errors: 3 }, parameters)
  expect(degradedReasons(briefReason(reasonOf(state)))).toEqual(['filesystem_errors'])
})

describe('of nspawn-container', () => {
  const machine = 'a-vserver-with-a-name-of-some-length'
  const [supervisor, init] = [{ pid: 1 }, { pid: 2 }]
  const running = { machine, unit: unitOf(machine), supervisor, init, isFrozen: false }
  const seen = { container: undefined, otherDirectory: undefined, ended: undefined, leftovers: [], isDying: false }

  test.each([
    ['container_frozen', { container: { ...running, isFrozen: true } }],
    ['container_by_hand', { container: { ...running, unit: 'session-3.scope' } }],
    ['container_starting', { container: { ...running, init: undefined } }],
    ['container_starting', { transition: 'starting' }],
    ['container_ending', { transition: 'ending' }],
  ])('%s', (label, more) => {
    const state = containerState({ ...seen, ...more } as unknown as Parameters<typeof containerState>[0], {
      ...{ machine, directory: '/x' },
    })
    expect(degradedReasons(briefReason(reasonOf(state)))).toEqual([label])
  })

  test.each([
    ['services_failed', 'degraded'],
    ['rescue_mode', 'maintenance'],
    ['container_ending', 'stopping'],
    ['systemd_unanswered', 'offline'],
  ])('%s, when asked', async (label, answer) => {
    const { system } = await started()
    system.put('/run/dbus/system_bus_socket', '')
    const systemctl = system.tools.get('systemctl')
    system.tools.set('systemctl', (args, options) =>
      args.includes('is-system-running') ? { status: 1, stdout: `${answer}\n` } : (systemctl?.(args, options) ?? 127),
    )
    const reasons: string[] = []
    // what passes is degraded after two minutes
    for (let minute = 0; minute < 4; minute += 1) {
      reasons.push(...(await deepMonitor(system)).reasons)
      vi.setSystemTime(Date.now() + 60_000)
    }
    expect(degradedReasons(reasons.at(-1) ?? '')).toEqual([label])
  })
})

test('any other text has one label, and no text has none', () => {
  expect(degradedReasons('something new about c0')).toEqual(['other'])
  expect(degradedReasons('')).toEqual(['other'])
})

test('docs/metrics.md has each label, and no other', () => {
  const document = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8')
  const [, section = ''] = document.split('### Reasons\n')
  const [table = ''] = section.split('\n## ')
  const labels = table.split('\n').flatMap(line => (line.split('|')[2] ?? '').match(/(?<=`)[a-z_]+(?=`)/g) ?? [])
  expect(labels).toEqual([...Object.keys(REASONS), 'other'])
})

function lost(why: string): Evidence['network'] {
  return { loss: { since: 0 }, reach: { by: 'none', why } } as unknown as Evidence['network']
}

function reasonOf(state: State): string {
  if ('degraded' in state && state.degraded !== undefined) return state.degraded
  return ('interrupted' in state ? state.interrupted : undefined) ?? `no reason: ${JSON.stringify(state)}`
}
