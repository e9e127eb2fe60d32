import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { addBlockDevice, removeBlockDevice } from '../../../fake/block/block.ts'
import { recurring } from '../../../fake/call.ts'
import { lio } from '../../../fake/lio/lio.ts'
import {
  IQN,
  monitor,
  NAME,
  NO_BACKSTORE,
  probe,
  STORE,
  start,
  started,
  stop,
  stopped,
  TARGET,
  TPG,
  VHOST,
  validate,
} from '../../../fake/nodes/lio-iblock.ts'
import { type FakeSystem, fakeSystem } from '../../../fake/system.ts'
import { block, directory } from '../../../fake/tree.ts'

describe('start', () => {
  test('enables the portal group last', async () => {
    const { system } = stopped()
    await start(system)
    expect(system.changes.at(-1)).toBe(`write ${TPG}/enable 1`)
    expect(system.changes.filter(change => change.includes(`${TPG}/enable`))).toHaveLength(1)
  })

  test('listens on exactly the given portals, with the default port', async () => {
    const { system } = await started()
    expect(system.list(`${TPG}/np`)).toEqual(['192.0.2.10:3260', '[2001:db8::10]:3261'])
  })

  test('listens on every address when no portal is given', async () => {
    const { system } = await started({ portals: '' })
    expect(system.list(`${TPG}/np`)).toEqual(['0.0.0.0:3260'])
  })

  test('grants access to no initiator if none is listed, and hides the target from discovery', async () => {
    const { system } = await started({ allowed_initiators: '' })
    expect(system.list(`${TPG}/acls`)).toEqual([])
    expect(system.read(`${TPG}/attrib/generate_node_acls`).trim()).toBe('0')
    expect(system.read(`${TPG}/attrib/demo_mode_discovery`).trim()).toBe('0')
  })

  test('grants access to an initiator with capitals by its name in lower case, once', async () => {
    const allowed_initiators = 'iqn.1994-05.com.redhat:ABCDEF iqn.1994-05.com.redhat:abcdef'
    const { system } = await started({ allowed_initiators })
    expect(system.list(`${TPG}/acls`)).toEqual(['iqn.1994-05.com.redhat:abcdef'])
    expect((await monitor(system, { allowed_initiators })).code).toBe(exit.success)
  })

  test('rejects SCSI reservations before any initiator can reach the LUN', async () => {
    const { system } = stopped()
    await start(system)
    const refusal = system.changes.indexOf(`write ${STORE}/attrib/emulate_pr 0`)
    expect(refusal).toBeGreaterThan(-1)
    expect(refusal).toBeLessThan(system.changes.indexOf(`mkdir ${TPG}`))
  })

  test('loads the modules when LIO is not loaded', async () => {
    const system = fakeSystem({ '/proc/self/mountinfo': '' })
    lio(system, { loaded: false })
    addBlockDevice(system, '/dev/drbd0', '147:0')
    expect((await start(system)).code).toBe(exit.success)
    expect(system.commands).toEqual([
      ['modprobe', '-a', 'configfs', 'target_core_mod', 'target_core_iblock', 'iscsi_target_mod'],
    ])
  })

  test.each<[string, Record<string, string>, string]>([
    ['one address and every address', { portals: '0.0.0.0 192.0.2.10' }, '0.0.0.0:3260 and 192.0.2.10:3260'],
    ['IPv4 and every address at all', { portals: '192.0.2.10 [::]' }, '192.0.2.10:3260 and [::]:3260'],
  ])('of %s is refused (OCF_ERR_CONFIGURED)', async (_, more, reason) => {
    const { system } = stopped()
    const result = await start(system, more)
    expect(result).toMatchObject({ code: exit.notConfigured, reasons: [expect.stringContaining(reason)] })
    expect(system.changes).toEqual([])
  })

  test('of every IPv4 address beside an IPv6 address succeeds', async () => {
    const { system } = stopped()
    const portals = '0.0.0.0 [2001:db8::10] 192.0.2.10:3261'
    expect((await start(system, { portals })).code).toBe(exit.success)
  })
})

describe('stop', () => {
  test('closes the sessions before it removes the LUN', async () => {
    const { system, kernel } = await started()
    kernel.sessions.push(`${VHOST} at ${IQN}`)
    const noticed: string[] = []
    kernel.onNotice = what => noticed.push(what)
    expect((await stop(system)).code).toBe(exit.success)
    expect(noticed).toEqual(['TPG disabled', 'sessions cut'])
  })

  test('closes a session that appeared while the portal group was disabled before it removes the LUN', async () => {
    const { system, kernel } = await started()
    const noticed: string[] = []
    kernel.onNotice = what => noticed.push(what)
    const { removeDirectory } = system
    // the kernel waits for a login that is under way before the portal is gone
    system.removeDirectory = async path => {
      if (path.includes('/np/')) kernel.sessions.push(`${VHOST} at ${IQN}`)
      await removeDirectory(path)
    }
    expect((await stop(system)).code).toBe(exit.success)
    expect(noticed).toEqual(['TPG disabled', 'sessions cut'])
  })

  test('disables the portal group first, and only then unlinks the LUN', async () => {
    const { system } = await started()
    await stop(system)
    expect(system.changes[0]).toBe(`write ${TPG}/enable 0`)
    expect(system.changes).toContain(`unlink ${TPG}/lun/lun_0/${NAME}`)
    expect(system.list(`${TARGET}/core`)).toEqual(NO_BACKSTORE)
  })

  test('that hangs names the initiators whose I/O it waits for', async () => {
    const { system, kernel } = await started()
    kernel.sessions.push(`${VHOST} at ${IQN}`)
    const hanging = { ...system, write: () => system.sleep(100_000) }
    const { code, reasons } = await stop(hanging)
    expect(code).toBe(exit.genericError)
    expect(reasons[0]).toContain(`logged in: ${VHOST}) and waiting for their I/O on /dev/drbd0`)
  })

  test('does not touch another target or another portal group', async () => {
    const { system } = await started()
    const others = [
      { iqn: `${IQN}0`, portals: '192.0.2.11', device: '/dev/drbd1' },
      { tpgt: '2', portals: '192.0.2.12', device: '/dev/drbd2' },
    ]
    addBlockDevice(system, '/dev/drbd1', '147:1')
    addBlockDevice(system, '/dev/drbd2', '147:2')
    for (const other of others) await start(system, other)
    await stop(system)
    expect((await probe(system)).code).toBe(exit.notRunning)
    for (const other of others) expect((await probe(system, other)).code).toBe(exit.success)
  })

  test('of a target without a portal group removes that target', async () => {
    const { system } = stopped()
    await system.makeDirectory(`${TARGET}/iscsi`)
    await system.makeDirectory(`${TARGET}/iscsi/${IQN}`)
    expect((await probe(system)).code).toBe(exit.notRunning)
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.list(`${TARGET}/iscsi`)).not.toContain(IQN)
  })
})

type Change = (system: FakeSystem) => unknown

const ACL = `${TPG}/acls/${VHOST}`
const THIEF = 'iqn.2026-01.org.example:thief'
const EXTRA = '192.0.2.99:3260'
const RESERVATIONS = 'the backstore accepts SCSI reservations, which are lost when the target moves'

const set =
  (path: string, text: string): Change =>
  system =>
    system.write(path, text)
const put =
  (path: string, text: string): Change =>
  system =>
    system.put(path, text)
const take =
  (path: string): Change =>
  system =>
    system.take(path)
const make =
  (path: string): Change =>
  system =>
    system.makeDirectory(path)
const remove =
  (path: string): Change =>
  system =>
    system.removeDirectory(path)
const unlink =
  (path: string): Change =>
  system =>
    system.remove(path)

function replaceDevice(system: FakeSystem): void {
  system.take('/dev/drbd0')
  addBlockDevice(system, '/dev/drbd9', '147:9')
  system.put('/dev/drbd0', block('147:9'))
}

describe('monitor', () => {
  test.each<[string, string, Change]>([
    ['a disabled portal group', 'the TPG is disabled', set(`${TPG}/enable`, '0')],
    ['a missing portal', 'portal 192.0.2.10:3260 is missing', remove(`${TPG}/np/192.0.2.10:3260`)],
    ['a silent portal', 'nothing listens on portal [2001:db8::10]:3261', put('/proc/net/tcp6', '')],
    ['an initiator without access', `initiator ${VHOST} has no access to LUN 0`, unlink(`${ACL}/lun_0/${NAME}`)],
    ['unconfigured CHAP', 'the TPG requires CHAP', set(`${TPG}/attrib/authentication`, '1')],
    ['another device at the path', 'the backstore holds drbd0, but /dev/drbd0 is drbd9 now', replaceDevice],
    [
      'a device that is gone',
      '/dev/drbd0 no longer exists',
      system => removeBlockDevice(system, '/dev/drbd0', '147:0'),
    ],
  ])('of %s fails with that reason (OCF_ERR_GENERIC), a probe too', async (_, reason, spoil) => {
    const { system } = await started()
    await spoil(system)
    for (const environment of [recurring, {}])
      expect(await probe(system, {}, environment)).toMatchObject({ code: exit.genericError, reasons: [reason] })
  })

  test.each<[string, string, Change]>([
    [
      'an extra initiator',
      `initiator ${THIEF} may log in, but is not among the allowed initiators`,
      make(`${TPG}/acls/${THIEF}`),
    ],
    ['an extra portal', `it also listens on ${EXTRA}, which is not among its portals`, make(`${TPG}/np/${EXTRA}`)],
    ['open access', 'the TPG accepts every initiator', set(`${TPG}/attrib/generate_node_acls`, '1')],
    ['reservations', `${RESERVATIONS}: emulate_pr is not 0`, set(`${STORE}/attrib/emulate_pr`, '1')],
    ['a missing path', '/dev/drbd0 does not exist, though its device drbd0 is exported', take('/dev/drbd0')],
  ])('of %s is degraded with that reason (OCF_DEGRADED)', async (_, reason, spoil) => {
    const { system } = await started()
    await spoil(system)
    expect(await monitor(system)).toMatchObject({ code: exit.degraded, reasons: [reason] })
    expect((await probe(system)).code).toBe(exit.success)
  })

  test('and probe run no command and change nothing', async () => {
    const { system } = await started()
    await probe(system)
    await monitor(system)
    expect(system.commands).toEqual([])
    expect(system.changes).toEqual([])
  })
})

test('validate-all at level 10 checks the device (OCF_ERR_ARGS)', async () => {
  const { system } = stopped()
  expect((await validate(system)).code).toBe(exit.success)
  system.take('/dev/drbd0')
  system.put('/dev/drbd0', directory())
  const result = await validate(system)
  expect(result).toMatchObject({ code: exit.invalidHere, reasons: ['/dev/drbd0 is not a block device'] })
})
