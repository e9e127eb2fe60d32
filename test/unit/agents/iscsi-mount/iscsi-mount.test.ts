import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { recordOf } from '../../../fake/iscsi/iscsi-records.ts'
import { openIscsi } from '../../../fake/iscsi/open-iscsi.ts'
import {
  first,
  IQN,
  monitor,
  OTHER_PORTAL,
  PORTAL,
  probe,
  RECORD,
  recordsIn,
  start,
  started,
  stop,
  stopped,
} from '../../../fake/nodes/iscsi-mount.ts'
import type { FakeSystem } from '../../../fake/system.ts'
import { fakeSystem } from '../../../fake/system.ts'
import { directory, link } from '../../../fake/tree.ts'

const both = { portals: '192.0.2.10 192.0.2.11' }
const loginsIn = ({ commands }: FakeSystem) => commands.filter(words => words.includes('--login'))

describe('start', () => {
  test('creates a record that never logs in by itself and survives an outage', async () => {
    const { system, initiator } = stopped()
    await start(system, { recovery_limit: '300' })
    expect(Object.fromEntries(recordOf(system, initiator, { iqn: IQN, portal: PORTAL }) ?? [])).toMatchObject({
      'node.startup': 'manual',
      'node.session.nr_sessions': '1',
      'node.session.timeo.replacement_timeout': '300',
      'node.conn[0].timeo.login_timeout': '10',
      'node.conn[0].timeo.noop_out_interval': '5',
      'node.conn[0].timeo.noop_out_timeout': '10',
      'node.session.initial_login_retry_max': '0',
    })
    expect(system.stat(RECORD).permissions).toBe(0o600)
  })

  test.each([
    ['20', '128'],
    ['200', '256'],
    ['1024', '1024'],
  ])('with a queue depth of %s gives the session room for %s commands', async (depth, commands) => {
    const { system, initiator } = stopped()
    await start(system, { queue_depth: depth })
    expect(Object.fromEntries(recordOf(system, initiator, { iqn: IQN, portal: PORTAL }) ?? [])).toMatchObject({
      'node.session.queue_depth': depth,
      'node.session.cmds_max': commands,
    })
  })

  test('logs in to a target with capitals, because targets are case-sensitive', async () => {
    const iqn = 'iqn.2000-01.com.synology:ds918.Target-1'
    const { system, initiator } = stopped({ iqn })
    expect((await start(system, { iqn })).code).toBe(exit.success)
    expect(initiator.sessions.map(({ target }) => target.iqn)).toEqual([iqn])
    expect((await monitor(system, { iqn })).code).toBe(exit.success)
    expect((await stop(system, { iqn })).code).toBe(exit.success)
    expect(recordsIn(system)).toEqual([])
  })

  test('performs no discovery', async () => {
    const { system } = stopped()
    await start(system)
    expect(system.commands.flat().filter(word => word.startsWith('discovery'))).toEqual([])
  })

  test('waits for a target that is moving', async () => {
    const { system, target } = stopped()
    target.answer = 'is away'
    setTimeout(() => Object.assign(target, { answer: 'is not made yet' }), 30_000)
    setTimeout(() => Object.assign(target, { answer: 'accepts' }), 45_000)
    expect((await start(system)).code).toBe(exit.success)
  })

  test('fails while no attempt is in progress, with the message of iscsid, and leaves no record', async () => {
    const { system, initiator, target } = stopped()
    target.answer = 'is away'
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(
        /^cannot log in to iqn\S+ at 192\.0\.2\.10:3260: iscsiadm .*--login exited with 8: connection timed out$/,
      ),
    ])
    target.answer = 'accepts'
    await system.sleep(60_000)
    expect(initiator.sessions).toEqual([])
    expect(recordsIn(system)).toEqual([])
  })

  test('does not retry when the target rejects the login', async () => {
    const { system, target } = stopped()
    target.answer = 'refuses'
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(
        /^the target rejected the initiator iqn.2026-01.org.example:here: add it to the ACL .*authorization/,
      ),
    ])
    expect(loginsIn(system)).toHaveLength(1)
  })

  test.each([
    ['is missing', undefined],
    ['was not made up yet', 'GenerateName=yes\n'],
    ['is commented out', '#InitiatorName=iqn.2026-01.org.example:here\n'],
  ])('on a node whose initiator name %s reports that (OCF_ERR_ARGS)', async (_, text) => {
    const { system } = stopped()
    if (text === undefined) system.take('/etc/iscsi/initiatorname.iscsi')
    else system.put('/etc/iscsi/initiatorname.iscsi', text)
    expect(await start(system)).toMatchObject({
      code: exit.invalidHere,
      reasons: [expect.stringMatching(/^this node has no iSCSI initiator name: .*initiatorname.iscsi/)],
    })
    expect(system.commands).toEqual([])
  })

  test('takes over a session that another program has created', async () => {
    const { system, initiator, target } = stopped()
    const iscsiadm = system.tools.get('iscsiadm')
    system.tools.set('iscsiadm', (args, options) => {
      if (args.includes('--login')) initiator.logIn(target, { recovery: '600' })
      return iscsiadm?.(args, options) ?? 1
    })
    expect((await start(system)).code).toBe(exit.success)
  })

  test('finds a LUN that the target offers only after the login', async () => {
    const { system, target } = stopped()
    target.luns.length = 0
    setTimeout(() => target.luns.push(0), 20_000)
    expect((await start(system)).code).toBe(exit.success)
  })

  test('fails when the target does not offer the LUN', async () => {
    const { system } = stopped()
    const { code, reasons } = await start(system, { lun: '3' })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/while waiting for the disk of LUN 3, which .* does not offer/)])
  })

  test('fails when udev does not link the disk, and reports what to check', async () => {
    const { system, initiator } = stopped()
    initiator.udevWorks = false
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/while waiting for udev to link \S+-lun-0 to sda: check .*udevd/)])
  })

  test('does not mistake the link to the disk of another session for its own', async () => {
    const { system, initiator, target } = stopped()
    initiator.logIn(target, { interfaceName: 'iface0' })
    initiator.udevWorks = false
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/point to sdb: it points to 8:128, the disk of another session/)])
  })
})

describe('existing records', () => {
  const foreign = 'node.name = foreign\nnode.session.timeo.replacement_timeout = 5\n'
  test.each<[string, string, string]>([
    ['of a discovery', `${RECORD},1/default`, foreign],
    ['that is empty', RECORD, ''],
    ['that is damaged', RECORD, '\u0000\ufffd'],
    ['with other settings', RECORD, foreign],
  ])('one %s is replaced, and removed at stop', async (_, path, text) => {
    const { system, initiator } = stopped()
    system.put(path, text)
    expect((await start(system)).code).toBe(exit.success)
    expect((await monitor(system)).code).toBe(exit.success)
    expect((await stop(system)).code).toBe(exit.success)
    expect({ sessions: initiator.sessions, records: recordsIn(system) }).toEqual({ sessions: [], records: [] })
  })

  test('the records of a discovery are also removed', async () => {
    const { system } = stopped()
    system.put(`${RECORD},1/default`, foreign)
    const folder = '/etc/iscsi/send_targets/192.0.2.10,3260'
    system.put(`${folder}/${IQN},192.0.2.10,3260,1,default`, link(`${RECORD},1`))
    system.put(`${folder}/${IQN},192.0.2.11,3260,1,default`, link('/etc'))
    await stop(system)
    expect(system.list(folder)).toEqual([`${IQN},192.0.2.11,3260,1,default`])
  })

  test('those for another interface, portal or target are kept', async () => {
    const { system } = stopped()
    const others = [
      `${RECORD},1/iface0`,
      `${RECORD}0`,
      `/etc/iscsi/nodes/${IQN}/192.0.2.11,3260`,
      '/etc/iscsi/nodes/x/y,1',
    ]
    for (const path of [...others, `${RECORD},1/default`]) system.put(path, foreign)
    expect((await stop(system)).code).toBe(exit.success)
    expect(others.map(path => system.stat(path).kind)).toEqual(others.map(() => 'file'))
    expect(system.list(`${RECORD},1`)).toEqual(['iface0'])
  })

  test('an empty directory in place of a record does not matter', async () => {
    const { system } = stopped()
    system.put(RECORD, directory())
    expect((await start(system)).code).toBe(exit.success)
  })

  test('they are found where Debian 13 stores them', async () => {
    const system = fakeSystem()
    openIscsi(system, [{ iqn: IQN, portal: PORTAL, luns: [0], answer: 'accepts' }], '/var/lib/iscsi')
    system.put(`/var/lib/iscsi/nodes/${IQN}/192.0.2.10,3260,1/default`, foreign)
    expect((await start(system)).code).toBe(exit.success)
    expect((await monitor(system)).code).toBe(exit.success)
    expect((await stop(system)).code).toBe(exit.success)
    expect(recordsIn(system, '/var/lib/iscsi')).toEqual([])
  })
})

describe('several portals', () => {
  test('get a session each, which a stop closes', async () => {
    const { system, initiator } = stopped({ portal: '[2001:db8::10]:3260' })
    const mixed = { portals: '192.0.2.10 [2001:db8::10]' }
    expect((await start(system, mixed)).code).toBe(exit.success)
    expect(initiator.sessions.map(({ target }) => target.portal).sort()).toEqual([PORTAL, '[2001:db8::10]:3260'])
    expect((await stop(system, mixed)).code).toBe(exit.success)
    expect({ sessions: initiator.sessions, records: recordsIn(system) }).toEqual({ sessions: [], records: [] })
  })

  test('one suffices for a start; the monitor reports the other (OCF_DEGRADED)', async () => {
    const { system } = stopped({ portal: OTHER_PORTAL, answer: 'is away' })
    const result = await start(system, both)
    expect(result).toMatchObject({
      code: exit.success,
      stderr: expect.stringContaining('continuing without this portal'),
    })
    expect(await monitor(system, both)).toMatchObject({
      code: exit.degraded,
      reasons: [`there is no session to ${IQN} at ${OTHER_PORTAL}`],
    })
  })

  test('one without a session after a killed start gets one from the next start, which does not touch the others', async () => {
    const { system, initiator, target } = stopped({ portal: OTHER_PORTAL })
    initiator.logIn(target, { recovery: '600' })
    expect((await start(system, both)).code).toBe(exit.success)
    expect(initiator.sessions.map(session => session.target.portal)).toEqual([PORTAL, OTHER_PORTAL])
    expect(loginsIn(system)).toHaveLength(1)
    expect((await probe(system, both)).code).toBe(exit.success)
  })

  test('one that is still unreachable does not fail a start', async () => {
    const { system, initiator, target } = stopped({ portal: OTHER_PORTAL, answer: 'is away' })
    initiator.logIn(target, { recovery: '600' })
    expect((await start(system, both)).code).toBe(exit.success)
    expect(initiator.sessions).toHaveLength(1)
  })

  test('one that is being recovered is not waited for by a start', async () => {
    const { system, initiator, target } = stopped({ portal: OTHER_PORTAL })
    initiator.setState(initiator.logIn(target, { recovery: '600' }), 'FAILED', 'blocked')
    expect((await start(system, both)).code).toBe(exit.success)
    expect(initiator.sessions).toHaveLength(2)
  })

  test('one that was lost is left to iscsid at a start, with its record', async () => {
    const { system, initiator, target } = stopped({ portal: OTHER_PORTAL })
    await start(system, both)
    initiator.setState(first(initiator.sessions), 'FREE', 'transport-offline')
    expect((await start(system, both)).code).toBe(exit.success)
    expect(recordOf(system, initiator, target)).toBeDefined()
    expect(loginsIn(system)).toHaveLength(2)
  })

  test('one that rejects this initiator does not fail a second start while another works', async () => {
    const { system, initiator, target } = stopped({ portal: OTHER_PORTAL, answer: 'refuses' })
    initiator.logIn(target, { recovery: '600' })
    const { code, stderr } = await start(system, both)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('the target rejected the initiator')
  })

  test('one whose disk does not appear does not use up the time of a second start', async () => {
    const { system, initiator, target } = stopped({ portal: OTHER_PORTAL, luns: [] })
    initiator.logIn(target, { recovery: '600' })
    expect((await start(system, both)).code).toBe(exit.success)
    expect(initiator.sessions).toHaveLength(2)
  })

  test('one that rejects this initiator fails the start', async () => {
    const { system } = stopped({ portal: OTHER_PORTAL, answer: 'refuses' })
    expect((await start(system, both)).code).toBe(exit.genericError)
  })

  test('a path that fails is degraded while another carries the I/O; when none does, the monitor fails', async () => {
    const { system, initiator } = stopped({ portal: OTHER_PORTAL })
    await start(system, both)
    const [one, other] = initiator.sessions
    if (one === undefined || other === undefined) throw new Error('two sessions')
    initiator.setState(one, 'FREE', 'transport-offline')
    expect(await monitor(system, both)).toMatchObject({
      code: exit.degraded,
      reasons: [expect.stringContaining('I/O fails')],
    })
    initiator.setState(other, 'FAILED', 'blocked')
    expect((await monitor(system, both)).code).toBe(exit.degraded)
    initiator.setState(other, 'FAILED', 'transport-offline')
    expect((await monitor(system, both)).code).toBe(exit.genericError)
  })
})

/** Monitors every ten seconds for so long; the last answer. */
async function monitorFor(seconds: number, system: FakeSystem) {
  for (let second = 10; second < seconds; second += 10) {
    await system.sleep(10_000)
    await monitor(system)
  }
  await system.sleep(10_000)
  return monitor(system)
}

describe('monitor', () => {
  test.each([
    ['FAILED', 'blocked'],
    ['FAILED', 'running'],
    ['LOGGED_IN', 'blocked'],
  ] as const)('of a session in recovery (%s, disk %s) succeeds until that outlasts a failover (OCF_DEGRADED)', async (state, disk) => {
    const { system, initiator, session } = await started()
    initiator.setState(session, state, disk)
    const reason = `the session to ${IQN} at ${PORTAL} is being recovered; I/O is paused`
    const first = await monitor(system)
    expect(first).toMatchObject({ code: exit.success, reasons: [] })
    expect(first.stderr).toContain(reason)
    expect(await monitorFor(120, system)).toMatchObject({ code: exit.degraded, reasons: [reason] })
    expect(system.commands).toEqual([])
  })

  test.each([
    ['FREE', 'blocked'],
    ['FAILED', 'transport-offline'],
    ['LOGGED_IN', 'offline'],
  ] as const)('of a session that was given up (%s, disk %s) fails (OCF_ERR_GENERIC)', async (state, disk) => {
    const { system, initiator, session } = await started()
    initiator.setState(session, state, disk)
    expect(await monitor(system)).toMatchObject({
      code: exit.genericError,
      reasons: [`the target ${IQN} was unreachable at ${PORTAL} for more than 600 s: I/O fails`],
    })
  })

  test('of a session without its disk fails', async () => {
    const { system } = await started()
    const result = await monitor(system, { lun: '1' })
    expect(result).toMatchObject({ code: exit.genericError, reasons: [expect.stringContaining('no disk for LUN 1')] })
  })

  test.each([
    ['120', 'outage of 120 s, not 600 s'],
    ['off', 'outage of any length, not 600 s'],
  ])('of a session that another program created, with another limit (%s), is degraded', async (recovery, words) => {
    const { system, initiator, target } = stopped()
    initiator.logIn(target, { recovery })
    expect((await start(system)).code).toBe(exit.success)
    expect(await monitor(system)).toMatchObject({ code: exit.degraded, reasons: [expect.stringContaining(words)] })
  })

  test('does not mistake a session through another portal or interface, or to another target, for its own', async () => {
    const { system, initiator, target } = stopped({ portal: OTHER_PORTAL }, { iqn: `${IQN}0` })
    for (const other of initiator.targets.slice(1)) initiator.logIn(other)
    initiator.logIn(target, { interfaceName: 'iface0' })
    expect((await probe(system)).code).toBe(exit.notRunning)
    expect((await stop(system)).code).toBe(exit.success)
    expect(initiator.sessions).toHaveLength(3)
  })

  test('identifies a session by its portal, in any form of the address', async () => {
    const { system, initiator } = stopped({ portal: '[2001:db8::10]:3260' })
    for (const other of initiator.targets.slice(1)) initiator.logIn(other, { recovery: '600' })
    const written = { portals: '[2001:DB8:0::10]' }
    expect((await probe(system, written)).code).toBe(exit.success)
  })

  test('runs no command and changes nothing', async () => {
    const { system } = await started()
    await probe(system)
    await monitor(system)
    expect([...system.commands, ...system.changes]).toEqual([])
  })
})

describe('stop', () => {
  test('removes the directory that a killed iscsiadm has created; a probe reports stopped despite it', async () => {
    const { system } = stopped()
    system.put(`/etc/iscsi/nodes/${IQN}`, directory())
    expect(await probe(system)).toMatchObject({ code: exit.notRunning, reasons: [] })
    expect((await stop(system)).code).toBe(exit.success)
    expect(recordsIn(system)).toEqual([])
  })

  test('removes the record, so that nothing logs in with it', async () => {
    const { system } = await started()
    expect(await stop(system)).toMatchObject({ code: exit.success, stderr: '' })
    expect(recordsIn(system)).toEqual([])
  })

  test('after a start that was killed before the login removes its record', async () => {
    const { system } = stopped()
    system.put(RECORD, 'node.startup = manual\n')
    expect((await probe(system)).code).toBe(exit.notRunning)
    expect((await stop(system)).code).toBe(exit.success)
    expect(recordsIn(system)).toEqual([])
  })

  test('after a start that was killed while it wrote the secret leaves no trace of it', async () => {
    const { system } = stopped()
    system.put(`/etc/iscsi/nodes/${IQN}/.new-192.0.2.10-3260`, 'node.session.auth.password = hush')
    system.put(RECORD, 'node.startup = manual\n')
    await stop(system)
    expect(recordsIn(system)).toEqual([])
  })

  test('after a start that was killed during the login waits for that login, and closes its session', async () => {
    const { system, initiator, target } = stopped()
    target.answer = 'is away'
    const environment = { OCF_RESKEY_CRM_meta_timeout: '5000' }
    expect((await start(system, {}, environment)).code).toBe(exit.genericError)
    setTimeout(() => Object.assign(target, { answer: 'accepts' }), 3000)
    expect((await stop(system)).code).toBe(exit.success)
    await system.sleep(60_000)
    expect({ sessions: initiator.sessions, records: recordsIn(system) }).toEqual({ sessions: [], records: [] })
  })

  test('logs out of a session without a record', async () => {
    const { system, initiator, target } = stopped()
    initiator.logIn(target)
    expect((await stop(system)).code).toBe(exit.success)
    expect(initiator.sessions).toEqual([])
  })

  test('logs out of its own session and no other, whatever records exist', async () => {
    const { system, initiator } = stopped({ portal: OTHER_PORTAL }, { iqn: `${IQN}0` })
    for (const target of initiator.targets) initiator.logIn(target)
    system.put(RECORD, 'node.startup = manual\n')
    expect((await stop(system)).code).toBe(exit.success)
    expect(initiator.sessions.map(({ target }) => target)).toEqual(initiator.targets.slice(1))
  })

  test('of a session that closes by itself meanwhile succeeds', async () => {
    const { system, initiator, session } = await started()
    const iscsiadm = system.tools.get('iscsiadm')
    system.tools.set('iscsiadm', (args, options) => {
      if (args.includes('--logout')) initiator.drop(session)
      return iscsiadm?.(args, options) ?? 1
    })
    expect((await stop(system)).code).toBe(exit.success)
    expect(recordsIn(system)).toEqual([])
  })

  test('names the users of the disk that disappears', async () => {
    const { system } = await started()
    system.put('/proc/self/mountinfo', '36 1 8:128 / /mnt/c0 rw - ext3 /dev/sda rw\n')
    const { code, stderr } = await stop(system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('removing sda although it is in use by mount /mnt/c0')
  })
})

test.each([
  ['0', '10'],
  ['5', '0'],
])('noop_out_interval=%s with noop_out_timeout=%s is refused (OCF_ERR_CONFIGURED)', async (interval, timeout) => {
  const { system } = stopped()
  const result = await start(system, { noop_out_interval: interval, noop_out_timeout: timeout })
  expect(result).toMatchObject({ code: exit.notConfigured, reasons: [expect.stringContaining('both be 0')] })
})
