import { describe, expect, test } from 'vitest'
import { lioIblock } from '../../../../agents/lio-iblock/index.ts'
import { exit } from '../../../../ocf/exit.ts'
import { addBlockDevice, removeBlockDevice } from '../../../fake/block/block.ts'
import { call, recurring } from '../../../fake/call.ts'
import { lio } from '../../../fake/lio/lio.ts'
import {
  IQN,
  NAME,
  NO_BACKSTORE,
  node,
  parameters,
  running,
  STORE,
  TARGET,
  TPG,
  VHOST,
} from '../../../fake/nodes/lio-iblock.ts'
import { fakeSystem } from '../../../fake/system.ts'
import { block, directory } from '../../../fake/tree.ts'

describe('start', () => {
  test('enables the portal group last', async () => {
    const { system } = node()
    await call(lioIblock, 'start', { system, parameters })
    expect(system.changes.at(-1)).toBe(`write ${TPG}/enable 1`)
    expect(system.changes.filter(change => change.includes(`${TPG}/enable`))).toHaveLength(1)
  })

  test('listens on exactly the portals named, with the default port', async () => {
    const { system } = await running()
    expect(system.list(`${TPG}/np`)).toEqual(['192.0.2.10:3260', '[2001:db8::10]:3261'])
  })

  test('listens on every address when no portal is named', async () => {
    const { system } = await running({ portals: '' })
    expect(system.list(`${TPG}/np`)).toEqual(['0.0.0.0:3260'])
  })

  test('lets in nobody when nobody is named, and shows the target to strangers in no discovery', async () => {
    const { system } = await running({ allowed_initiators: '' })
    expect(system.list(`${TPG}/acls`)).toEqual([])
    expect(system.read(`${TPG}/attrib/generate_node_acls`).trim()).toBe('0')
    expect(system.read(`${TPG}/attrib/demo_mode_discovery`).trim()).toBe('0')
  })

  test('refuses SCSI reservations before anybody can reach the LUN', async () => {
    const { system } = node()
    await call(lioIblock, 'start', { system, parameters })
    const refusal = system.changes.indexOf(`write ${STORE}/attrib/emulate_pr 0`)
    expect(refusal).toBeGreaterThan(-1)
    expect(refusal).toBeLessThan(system.changes.indexOf(`mkdir ${TPG}`))
  })

  test('loads the modules when there is no target yet', async () => {
    const system = fakeSystem({ '/proc/self/mountinfo': '' })
    lio(system, { loaded: false })
    addBlockDevice(system, '/dev/drbd0', '147:0')
    expect((await call(lioIblock, 'start', { system, parameters })).code).toBe(exit.success)
    expect(system.commands).toEqual([
      ['modprobe', '-a', 'configfs', 'target_core_mod', 'target_core_iblock', 'iscsi_target_mod'],
    ])
  })

  test.each<[string, Record<string, string>, string]>([
    ['one address and every address', { portals: '0.0.0.0 192.0.2.10' }, '0.0.0.0:3260 and 192.0.2.10:3260'],
    ['IPv4 and every address at all', { portals: '192.0.2.10 [::]' }, '192.0.2.10:3260 and [::]:3260'],
  ])('of %s is refused (OCF_ERR_CONFIGURED)', async (_, more, reason) => {
    const { system } = node()
    const result = await call(lioIblock, 'start', { system, parameters: { ...parameters, ...more } })
    expect(result).toMatchObject({ code: exit.notConfigured, reasons: [expect.stringContaining(reason)] })
    expect(system.changes).toEqual([])
  })

  test('of every IPv4 address beside an IPv6 address is fine', async () => {
    const { system } = node()
    const portals = '0.0.0.0 [2001:db8::10] 192.0.2.10:3261'
    expect((await call(lioIblock, 'start', { system, parameters: { ...parameters, portals } })).code).toBe(exit.success)
  })
})

describe('stop', () => {
  test('cuts the sessions before the LUN goes', async () => {
    const { system, kernel } = await running()
    kernel.sessions.push(`${VHOST} at ${IQN}`)
    const noticed: string[] = []
    kernel.onNotice = what => noticed.push(what)
    expect((await call(lioIblock, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(noticed).toEqual(['TPG disabled', 'sessions cut'])
  })

  test('cuts a session that came while the portal group was disabled before the LUN goes', async () => {
    const { system, kernel } = await running()
    const noticed: string[] = []
    kernel.onNotice = what => noticed.push(what)
    const { removeDirectory } = system
    // the kernel waits for a login that is under way before the portal is gone
    system.removeDirectory = async path => {
      if (path.includes('/np/')) kernel.sessions.push(`${VHOST} at ${IQN}`)
      await removeDirectory(path)
    }
    expect((await call(lioIblock, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(noticed).toEqual(['TPG disabled', 'sessions cut'])
  })

  test('disables the portal group first, and only then unlinks the LUN', async () => {
    const { system } = await running()
    await call(lioIblock, 'stop', { system, parameters })
    expect(system.changes[0]).toBe(`write ${TPG}/enable 0`)
    expect(system.changes).toContain(`unlink ${TPG}/lun/lun_0/${NAME}`)
    expect(system.list(`${TARGET}/core`)).toEqual(NO_BACKSTORE)
  })

  test('that hangs says whose I/O it waits for', async () => {
    const { system, kernel } = await running()
    kernel.sessions.push(`${VHOST} at ${IQN}`)
    const hanging = { ...system, write: () => system.sleep(100_000) }
    const { code, reasons } = await call(lioIblock, 'stop', { system: hanging, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons[0]).toContain(`logged in: ${VHOST}) and waiting for their I/O on /dev/drbd0`)
  })

  test('leaves another target and another portal group alone', async () => {
    const { system } = await running()
    const others = [
      { ...parameters, iqn: `${IQN}0`, portals: '192.0.2.11', device: '/dev/drbd1' },
      { ...parameters, tpgt: '2', portals: '192.0.2.12', device: '/dev/drbd2' },
    ]
    addBlockDevice(system, '/dev/drbd1', '147:1')
    addBlockDevice(system, '/dev/drbd2', '147:2')
    for (const other of others) await call(lioIblock, 'start', { system, parameters: other })
    await call(lioIblock, 'stop', { system, parameters })
    expect((await call(lioIblock, 'monitor', { system, parameters })).code).toBe(exit.notRunning)
    for (const other of others)
      expect((await call(lioIblock, 'monitor', { system, parameters: other })).code).toBe(exit.success)
  })

  test('of a target without a portal group removes that target', async () => {
    const { system } = node()
    await system.makeDirectory(`${TARGET}/iscsi`)
    await system.makeDirectory(`${TARGET}/iscsi/${IQN}`)
    expect((await call(lioIblock, 'monitor', { system, parameters })).code).toBe(exit.notRunning)
    expect((await call(lioIblock, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(system.list(`${TARGET}/iscsi`)).not.toContain(IQN)
  })
})

describe('monitor', () => {
  test.each<[string, string, (system: ReturnType<typeof node>['system']) => unknown]>([
    ['a disabled portal group', 'the TPG is disabled', system => system.write(`${TPG}/enable`, '0')],
    [
      'a missing portal',
      'portal 192.0.2.10:3260 is missing',
      system => system.removeDirectory(`${TPG}/np/192.0.2.10:3260`),
    ],
    [
      'a portal on which nothing listens',
      'nothing listens on portal [2001:db8::10]:3261',
      system => system.put('/proc/net/tcp6', ''),
    ],
    [
      'an initiator without access',
      `initiator ${VHOST} has no access to LUN 0`,
      system => system.remove(`${TPG}/acls/${VHOST}/lun_0/${NAME}`),
    ],
    [
      'CHAP that nobody asked for',
      'the TPG requires CHAP',
      system => system.write(`${TPG}/attrib/authentication`, '1'),
    ],
    [
      'another device at the path',
      'the backstore holds drbd0, but /dev/drbd0 is drbd9 now',
      system => {
        system.take('/dev/drbd0')
        addBlockDevice(system, '/dev/drbd9', '147:9')
        system.put('/dev/drbd0', block('147:9'))
      },
    ],
    [
      'a device that is gone',
      '/dev/drbd0 no longer exists',
      system => removeBlockDevice(system, '/dev/drbd0', '147:0'),
    ],
  ])('of %s fails and says so (OCF_ERR_GENERIC), a probe too', async (_, reason, spoil) => {
    const { system } = await running()
    await spoil(system)
    for (const environment of [recurring, {}])
      expect(await call(lioIblock, 'monitor', { system, parameters, environment })).toMatchObject({
        code: exit.genericError,
        reasons: [reason],
      })
  })

  test.each<[string, string, (system: ReturnType<typeof node>['system']) => unknown]>([
    [
      'an initiator that is not named',
      'initiator iqn.2026-01.org.example:thief may log in, but is not among the allowed initiators',
      system => system.makeDirectory(`${TPG}/acls/iqn.2026-01.org.example:thief`),
    ],
    [
      'a portal that is not named',
      'it also listens on 192.0.2.99:3260, which is not among its portals',
      system => system.makeDirectory(`${TPG}/np/192.0.2.99:3260`),
    ],
    [
      'every initiator let in',
      'the TPG accepts every initiator',
      system => system.write(`${TPG}/attrib/generate_node_acls`, '1'),
    ],
    [
      'reservations taken',
      'it accepts SCSI reservations, which are lost when it moves: emulate_pr is not 0',
      system => system.write(`${STORE}/attrib/emulate_pr`, '1'),
    ],
    [
      'a path that is gone while the device is there',
      '/dev/drbd0 does not exist, though its device drbd0 is exported',
      system => system.take('/dev/drbd0'),
    ],
  ])('of %s is degraded and says so (OCF_DEGRADED)', async (_, reason, spoil) => {
    const { system } = await running()
    await spoil(system)
    expect(await call(lioIblock, 'monitor', { system, parameters, environment: recurring })).toMatchObject({
      code: exit.degraded,
      reasons: [reason],
    })
    expect((await call(lioIblock, 'monitor', { system, parameters })).code).toBe(exit.success)
  })

  test('and probe run no command and change nothing', async () => {
    const { system } = await running()
    await call(lioIblock, 'monitor', { system, parameters })
    await call(lioIblock, 'monitor', { system, parameters, environment: recurring })
    expect(system.commands).toEqual([])
    expect(system.changes).toEqual([])
  })
})

test('validate-all at level 10 looks for the device (OCF_ERR_ARGS)', async () => {
  const { system } = node()
  const environment = { OCF_CHECK_LEVEL: '10' }
  expect((await call(lioIblock, 'validate-all', { system, parameters, environment })).code).toBe(exit.success)
  system.take('/dev/drbd0')
  system.put('/dev/drbd0', directory())
  const result = await call(lioIblock, 'validate-all', { system, parameters, environment })
  expect(result).toMatchObject({ code: exit.invalidHere, reasons: ['/dev/drbd0 is not a block device'] })
})
