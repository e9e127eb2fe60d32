import { describe, expect, test } from 'vitest'
import { lvmVolume } from '../../../agents/lvm-volume/index.ts'
import { exit } from '../../../ocf/exit.ts'
import { call, recurring } from '../../fake/call.ts'
import { lvm } from '../../fake/device-mapper.ts'
import { fakeSystem } from '../../fake/system.ts'
import { directory } from '../../fake/tree.ts'

const parameters = { volume: 'c0' }

function node() {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  const { volumes, ...mapper } = lvm(system, ['vhacs/c0'])
  const [volume] = volumes
  if (volume === undefined) throw new Error('no volume')
  return { system, volume, ...mapper }
}

describe('start', () => {
  test('activates the volume alone and keeps LVM off DRBD and iSCSI devices', async () => {
    const { system } = node()
    await call(lvmVolume, 'start', { system, parameters })
    expect(system.commands).toEqual([
      ['lvchange', '--activate', 'y', '--config', expect.stringContaining('r|^/dev/drbd|'), 'vhacs/c0'],
    ])
  })

  test('fails when lvchange reports success but nothing is active', async () => {
    const { system } = node()
    system.tools.set('lvchange', () => 0)
    const { code, reasons } = await call(lvmVolume, 'start', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringContaining('volume_list')])
  })

  test('of a volume that is not there fails in the words of LVM', async () => {
    const { system } = node()
    const { code, reasons } = await call(lvmVolume, 'start', { system, parameters: { volume: 'c9' } })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/exited with 5: Failed to find logical volume "vhacs\/c9"$/)])
  })

  test('without LVM says which package is missing (OCF_ERR_INSTALLED)', async () => {
    const { system } = node()
    system.tools.clear()
    expect(await call(lvmVolume, 'start', { system, parameters })).toMatchObject({
      code: exit.notInstalled,
      reasons: ['lvchange is not installed on this node: install the package lvm2'],
    })
  })

  test('resumes a volume that a killed LVM command has left suspended', async () => {
    const { system, volume, activate } = node()
    activate(volume)
    volume.isSuspended = true
    expect((await call(lvmVolume, 'monitor', { system, parameters, environment: recurring })).code).toBe(1)
    expect((await call(lvmVolume, 'start', { system, parameters })).code).toBe(exit.success)
    expect(volume.isSuspended).toBe(false)
  })
})

describe('stop', () => {
  test('of a volume in use names the users', async () => {
    const { system, volume, activate } = node()
    activate(volume)
    volume.isOpen = true
    system.put('/sys/block/dm-0/holders/drbd0', directory())
    system.put('/proc/self/mountinfo', '30 1 253:0 / /mnt/c0 rw - ext3 /dev/dm-0 rw\n')
    const { code, reasons } = await call(lvmVolume, 'stop', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(/^volume vhacs\/c0 is in use by device drbd0, mount \/mnt\/c0 \(lvchange .* in use\.\)$/),
    ])
  })

  test('of a suspended volume resumes it first', async () => {
    const { system, volume, activate } = node()
    activate(volume)
    volume.isSuspended = true
    expect((await call(lvmVolume, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(system.commands[0]).toEqual(['dmsetup', 'resume', 'vhacs-c0'])
  })
})

test('monitor and probe run no command', async () => {
  const { system, volume, activate } = node()
  await call(lvmVolume, 'monitor', { system, parameters })
  activate(volume)
  await call(lvmVolume, 'monitor', { system, parameters, environment: recurring })
  expect(system.commands).toEqual([])
  expect(system.changes).toEqual([])
})

test('validate-all at level 10 asks LVM for the volume (OCF_ERR_ARGS)', async () => {
  const { system } = node()
  const environment = { OCF_CHECK_LEVEL: '10' }
  expect((await call(lvmVolume, 'validate-all', { system, parameters, environment })).code).toBe(exit.success)
  const missing = await call(lvmVolume, 'validate-all', { system, parameters: { volume: 'c9' }, environment })
  expect(missing.code).toBe(exit.invalidHere)
})
