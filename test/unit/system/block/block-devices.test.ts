import { expect, test } from 'vitest'
import { deviceAt, kernelName } from '../../../../system/block/block-devices.ts'
import { addBlockDevice } from '../../../fake/block/block.ts'
import { type FakeSystem, fakeSystem } from '../../../fake/system.ts'
import { link } from '../../../fake/tree.ts'

function nodeWithDevice(): FakeSystem {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  addBlockDevice(system, '/dev/drbd0', '147:0')
  return system
}

test('a device has its number, whatever link leads to it', () => {
  const system = nodeWithDevice()
  system.put('/dev/drbd/by-res/c0/0', link('../../../drbd0'))
  expect(deviceAt(system, '/dev/drbd/by-res/c0/0')).toBe('147:0')
  expect(deviceAt(system, '/dev/drbd1')).toBeUndefined()
  expect(deviceAt(system, '/dev')).toBeUndefined()
})

test('the kernel has a name for a number', () => {
  expect(kernelName(nodeWithDevice(), '147:0')).toBe('drbd0')
  expect(kernelName(nodeWithDevice(), '147:1')).toBeUndefined()
})
