import { expect, test } from 'vitest'
import {
  activeVolume,
  isSuspended,
  LVM_CONFIG,
  lvmConfig,
  mapName,
  suspendedDevices,
} from '../../../../system/block/lvm.ts'
import { lvm } from '../../../fake/block/device-mapper.ts'
import { fakeSystem } from '../../../fake/system.ts'
import { directory, link } from '../../../fake/tree.ts'

test('dashes within a name are doubled', () => {
  expect(mapName('my-group', 'a--b')).toBe('my--group-a----b')
})

test('a volume is distinguished from one whose name begins or ends like it', () => {
  const system = fakeSystem()
  const { volumes, activate } = lvm(system, ['vhacs/c0-old', 'vhacs/old-c0', 'vh/acs-c0', 'vhacs/c0'])
  volumes.slice(0, 3).forEach(activate)
  expect(activeVolume(system, 'vhacs', 'c0')).toBeUndefined()
  volumes.forEach(activate)
  expect(activeVolume(system, 'vhacs', 'c0')).toBe('dm-3')
})

test('a node without device-mapper has no active volume', () => {
  expect(activeVolume(fakeSystem(), 'vhacs', 'c0')).toBeUndefined()
})

test('a suspended device is seen', () => {
  const system = fakeSystem()
  const { volumes, activate } = lvm(system, ['vhacs/c0'])
  for (const volume of volumes) {
    activate(volume)
    expect(isSuspended(system, 'dm-0')).toBe(false)
    volume.isSuspended = true
    expect(isSuspended(system, 'dm-0')).toBe(true)
  }
})

// Debian 12, kernel 6.1: reading dm/name of a device that is just being removed
test('another device that is being removed does not matter', () => {
  const system = fakeSystem()
  const { volumes, activate } = lvm(system, ['vhacs/going', 'vhacs/c0'])
  volumes.forEach(activate)
  const { read } = system
  system.read = path => {
    if (path.startsWith('/sys/block/dm-0/dm/')) throw Object.assign(new Error('EINVAL: read'), { code: 'EINVAL' })
    return read(path)
  }
  expect(activeVolume(system, 'vhacs', 'c0')).toBe('dm-1')
  expect(activeVolume(system, 'vhacs', 'going')).toBeUndefined()
  expect(suspendedDevices(system)).toEqual([])
})

test.each([
  ['this node', lvmConfig(fakeSystem(), 'vhacs/c0')],
  ['another', LVM_CONFIG],
])('a report of %s has the default form, whatever lvm.conf says', (_, [, config = '']) => {
  const settings = config.slice(config.indexOf(' report{'))
  expect(settings).toBe(
    ' report{output_format="basic" compact_output=0 compact_output_cols="" separator=" " list_item_separator="," prefixes=0 columns_as_rows=0 binary_values_as_numeric=0} log{report_command_log=0 prefix="  " silent=1}',
  )
})

test('LVM ignores disks of sessions, and maps over iSCSI and DRBD devices, and no other device', () => {
  const system = fakeSystem()
  const { volumes, activate } = lvm(system, ['vhacs/c0'])
  volumes.forEach(activate)
  const put = (name: string, uuid: string, below: string) => {
    system.put(`/sys/block/${name}/dm/uuid`, `${uuid}\n`)
    system.put(`/sys/block/${name}/slaves/${below}`, link(`../../${below}`))
  }
  const disks = {
    sda: 'pci0000:00/ata1/host0/target0:0:0',
    sdb: 'platform/host2/session1/target2:0:0',
    drbd0: 'virtual',
  }
  for (const [name, place] of Object.entries(disks)) {
    system.put(`/sys/devices/${place}/block/${name}`, directory())
    system.put(`/sys/block/${name}`, directory())
    system.put(`/sys/class/block/${name}`, link(`/sys/devices/${place}/block/${name}`))
  }
  put('dm-1', 'mpath-3600', 'sda')
  put('dm-2', 'mpath-3601', 'sdb')
  put('dm-3', 'part1-mpath-3601', 'dm-2')
  put('dm-4', 'CRYPT-LUKS2-x', 'drbd0')
  put('dm-0', 'LVM-x', 'sdb')
  const [, config = ''] = lvmConfig(system)
  const [own = ''] = config.split(' global_filter=')
  expect([...own.matchAll(/r\|\^\/dev\/([^/|]*)\$\|/g)].map(([, name]) => name)).toEqual([
    'dm-2',
    'dm-3',
    'dm-4',
    'sdb[0-9]*',
  ])
})
