import { expect, test } from 'vitest'
import { activeVolume, isSuspended, mapName, suspendedDevices } from '../../../system/lvm.ts'
import { lvm } from '../../fake/device-mapper.ts'
import { fakeSystem } from '../../fake/system.ts'

test('dashes within a name are doubled', () => {
  expect(mapName('my-group', 'a--b')).toBe('my--group-a----b')
})

test('a volume is told from one whose name begins or ends like it', () => {
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
test('another device that is being removed is no obstacle', () => {
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
