import { describe, expect, test } from 'vitest'
import { lioIblock } from '../../../agents/lio-iblock/index.ts'
import { exit } from '../../../ocf/exit.ts'
import { backstoreOf } from '../../../system/lio.ts'
import { addBlockDevice } from '../../fake/block.ts'
import { call, recurring } from '../../fake/call.ts'
import { lio } from '../../fake/lio.ts'
import { modules } from '../../fake/modules.ts'
import { type FakeSystem, fakeSystem } from '../../fake/system.ts'
import { directory } from '../../fake/tree.ts'

const IQN = 'iqn.2026-01.org.example:c0'
const VHOST = 'iqn.2026-01.org.example:vhost0'
const parameters = {
  iqn: IQN,
  device: '/dev/drbd0',
  portals: '192.0.2.10 [2001:db8::10]:3261',
  allowed_initiators: VHOST,
}
const TARGET = '/sys/kernel/config/target'
const TPG = `${TARGET}/iscsi/${IQN}/tpgt_1`
const { hba, name } = backstoreOf({ iqn: IQN, tpgt: 1, lun: 0 })

function node() {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  const kernel = lio(system)
  addBlockDevice(system, '/dev/drbd0', '147:0')
  return { system, kernel }
}

async function running() {
  const made = node()
  await call(lioIblock, 'start', { system: made.system, parameters })
  made.system.changes.length = 0
  made.system.commands.length = 0
  return made
}

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

  test('lets in nobody when nobody is named', async () => {
    const { system } = node()
    const result = await call(lioIblock, 'start', { system, parameters: { ...parameters, allowed_initiators: '' } })
    expect(result.code).toBe(exit.success)
    expect(system.list(`${TPG}/acls`)).toEqual([])
    expect(system.read(`${TPG}/attrib/generate_node_acls`).trim()).toBe('0')
  })

  test('gives the unit the serial number that was asked for, or the same one on every node', async () => {
    const serialOf = async (more: Record<string, string>) => {
      const { system } = node()
      await call(lioIblock, 'start', { system, parameters: { ...parameters, ...more } })
      return system.read(`${TARGET}/core/${hba}/${name}/wwn/vpd_unit_serial`).trim().split(' ').at(-1)
    }
    expect(await serialOf({ scsi_sn: '00c0ffee' })).toBe('00c0ffee')
    const derived = await serialOf({})
    expect(derived).toMatch(/^[0-9a-f]{32}$/)
    expect(await serialOf({ portals: '192.0.2.99' })).toBe(derived)
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

  test('without the modules of LIO is refused (OCF_ERR_INSTALLED)', async () => {
    const { system } = node()
    modules(system, { configfs: () => {} })
    const { code, reasons } = await call(lioIblock, 'start', { system, parameters })
    expect(code).toBe(exit.notInstalled)
    expect(reasons).toEqual([expect.stringMatching(/iscsi_target_mod cannot all be loaded: .*not found/)])
    expect(system.changes).toEqual([])
  })

  test('without the device is refused (OCF_ERR_ARGS), and nothing is made', async () => {
    const { system } = node()
    system.take('/dev/drbd0')
    expect(await call(lioIblock, 'start', { system, parameters })).toMatchObject({
      code: exit.invalidHere,
      reasons: ['/dev/drbd0 does not exist on this node'],
    })
    expect(system.changes).toEqual([])
  })

  test('of a device that somebody else holds names the holder', async () => {
    const { system, kernel } = node()
    kernel.held.add('/dev/drbd0')
    system.put('/proc/self/mountinfo', '30 1 147:0 / /mnt/c0 rw - ext3 /dev/drbd0 rw\n')
    const { code, reasons } = await call(lioIblock, 'start', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringContaining('/dev/drbd0 cannot be exported: it is in use by mount /mnt/c0')])
  })

  test('that failed half way can be stopped', async () => {
    const { system, kernel } = node()
    kernel.held.add('/dev/drbd0')
    await call(lioIblock, 'start', { system, parameters })
    expect((await call(lioIblock, 'stop', { system, parameters })).code).toBe(exit.success)
    expect((await call(lioIblock, 'monitor', { system, parameters })).code).toBe(exit.notRunning)
    expect(system.list(`${TARGET}/core`)).toEqual([])
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

  test('disables the portal group first, and only then unlinks the LUN', async () => {
    const { system } = await running()
    await call(lioIblock, 'stop', { system, parameters })
    expect(system.changes[0]).toBe(`write ${TPG}/enable 0`)
    expect(system.changes).toContain(`unlink ${TPG}/lun/lun_0/${name}`)
    expect(system.changes.at(-1)).toBe(`rmdir ${TARGET}/core/${hba}`)
  })

  test('leaves another target and another portal group alone', async () => {
    const { system } = await running()
    const others = [
      { ...parameters, iqn: `${IQN}0`, portals: '192.0.2.11' },
      { ...parameters, tpgt: '2', portals: '192.0.2.12' },
    ]
    addBlockDevice(system, '/dev/drbd1', '147:1')
    for (const other of others)
      await call(lioIblock, 'start', { system, parameters: { ...other, device: '/dev/drbd1' } })
    await call(lioIblock, 'stop', { system, parameters })
    for (const other of others) {
      const { code } = await call(lioIblock, 'monitor', { system, parameters: { ...other, device: '/dev/drbd1' } })
      expect(code).toBe(exit.success)
    }
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

/** The node as a start leaves it that was killed after so many changes. */
async function killedAfter(changes: number): Promise<FakeSystem> {
  const { system } = node()
  const writing = ['write', 'makeDirectory', 'removeDirectory', 'link', 'remove', 'rename'] as const
  const dying = { ...system }
  for (const method of writing)
    Object.assign(dying, {
      [method]: async (...args: never[]) => {
        if (system.changes.length >= changes) await new Promise(() => {})
        const change: (...args: never[]) => Promise<void> = system[method]
        await change(...args)
      },
    })
  void call(lioIblock, 'start', { system: dying, parameters })
  for (let turn = 0; turn < 500; turn += 1) await Promise.resolve()
  await new Promise(resolve => setImmediate(resolve))
  for (let turn = 0; turn < 500; turn += 1) await Promise.resolve()
  return system
}

describe('after a start that was killed', async () => {
  const { system } = node()
  const counts: number[] = []
  // fake timers are not on yet while tests are being collected
  await call(lioIblock, 'start', { system, parameters })
  for (let count = 1; count < system.changes.length; count += 1) counts.push(count)

  test.each(counts)('at change %i, start completes it', async count => {
    const left = await killedAfter(count)
    expect(left.changes).toHaveLength(count)
    expect((await call(lioIblock, 'start', { system: left, parameters })).code).toBe(exit.success)
    const { code } = await call(lioIblock, 'monitor', { system: left, parameters, environment: recurring })
    expect(code).toBe(exit.success)
  })

  test.each(counts)('at change %i, stop clears it away', async count => {
    const left = await killedAfter(count)
    expect((await call(lioIblock, 'stop', { system: left, parameters })).code).toBe(exit.success)
    expect((await call(lioIblock, 'monitor', { system: left, parameters })).code).toBe(exit.notRunning)
    expect(left.list(`${TARGET}/core`)).toEqual([])
  })
})

test('monitor of a disabled portal group says what is wrong', async () => {
  const { system } = await running()
  await system.write(`${TPG}/enable`, '0')
  expect(await call(lioIblock, 'monitor', { system, parameters, environment: recurring })).toMatchObject({
    code: exit.genericError,
    reasons: ['the TPG is disabled'],
  })
})

test('monitor and probe run no command and change nothing', async () => {
  const { system } = await running()
  await call(lioIblock, 'monitor', { system, parameters })
  await call(lioIblock, 'monitor', { system, parameters, environment: recurring })
  expect(system.commands).toEqual([])
  expect(system.changes).toEqual([])
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
