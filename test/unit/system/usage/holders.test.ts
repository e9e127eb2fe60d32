import { expect, test } from 'vitest'
import { holders } from '../../../../system/usage/holders.ts'
import { addBlockDevice } from '../../../fake/block/block.ts'
import { lio } from '../../../fake/lio/lio.ts'
import { type FakeSystem, fakeSystem } from '../../../fake/system.ts'
import { directory, errno } from '../../../fake/tree.ts'

function nodeWithDevice(): FakeSystem {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  addBlockDevice(system, '/dev/drbd0', '147:0')
  return system
}

test('a device that nothing uses has no holders', () => {
  expect(holders(nodeWithDevice(), 'drbd0')).toEqual([])
})

test('the holder of a missing device does not hold another missing one', async () => {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  lio(system)
  await system.makeDirectory('/sys/kernel/config/target/core/iblock_7')
  await system.makeDirectory('/sys/kernel/config/target/core/iblock_7/store')
  await system.write('/sys/kernel/config/target/core/iblock_7/store/udev_path', '/dev/drbd1')
  expect(holders(system, 'drbd0')).toEqual([])
})

test('devices on top, mounts and backstores are holders', async () => {
  const system = nodeWithDevice()
  lio(system)
  addBlockDevice(system, '/dev/drbd1', '147:1')
  system.put('/sys/block/drbd0/holders/dm-3', directory())
  system.put(
    '/proc/self/mountinfo',
    '30 1 147:0 / /mnt/c0 rw - ext3 /dev/drbd0 rw\n31 1 147:1 / /mnt/c1 rw - ext3 /dev/drbd1 rw\n',
  )
  for (const [hba, path] of [
    ['iblock_7', '/dev/drbd0'],
    ['iblock_8', '/dev/drbd1'],
  ] as const) {
    await system.makeDirectory(`/sys/kernel/config/target/core/${hba}`)
    await system.makeDirectory(`/sys/kernel/config/target/core/${hba}/store`)
    await system.write(`/sys/kernel/config/target/core/${hba}/store/control`, `udev_path=${path}`)
    await system.write(`/sys/kernel/config/target/core/${hba}/store/enable`, '1')
  }
  expect(holders(system, 'drbd0')).toEqual(['device dm-3', 'mount /mnt/c0', 'LIO backstore iblock_7/store'])
})

test('swap and loop devices hold devices in /dev; files, which may be on a dead server, are not examined', () => {
  const system = nodeWithDevice()
  system.put(
    '/proc/swaps',
    'Filename Type Size Used Priority\n/net/dead/swap file 1 0 -2\n/dev/drbd0 partition 1 0 -2\n',
  )
  system.put('/sys/block/loop0/loop/backing_file', '/net/dead/image\n')
  system.put('/sys/block/loop1/loop/backing_file', '/dev/gone\n')
  system.put('/sys/block/loop2/loop/backing_file', '/dev/drbd0\n')
  const { stat } = system
  const looked: string[] = []
  system.stat = path => {
    looked.push(path)
    if (path === '/dev/gone') throw errno('EACCES', 'stat', path)
    return stat(path)
  }
  expect(holders(system, 'drbd0')).toEqual(['swap /dev/drbd0', 'loop device loop2'])
  expect(looked.filter(path => path.startsWith('/net'))).toEqual([])
})
