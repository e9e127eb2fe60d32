import { expect, test } from 'vitest'
import { backstoresOn, deviceOfBackstore, exportsOf } from '../../../../system/lio/backstores.ts'
import { backstoreOf } from '../../../../system/lio/paths.ts'
import { fakeSystem } from '../../../fake/system.ts'
import { errno, link } from '../../../fake/tree.ts'

const CORE = '/sys/kernel/config/target/core'
// Linux 6.1
const IBLOCK = `Status: ACTIVATED  Max Queue Depth: 0  SectorSize: 512  HwMaxSectors: 4294967288
        iBlock device: dm-1  UDEV PATH: /dev/vhacs/a  readonly: 0
        Major: 253 Minor: 1  CLAIMED: IBLOCK
`

test('an iblock backstore holds the device that it opened, even if another one is at the path now', () => {
  const system = fakeSystem({ [`${CORE}/iblock_0/a/info`]: IBLOCK, [`${CORE}/iblock_0/a/udev_path`]: '/dev/other\n' })
  expect(deviceOfBackstore(system, `${CORE}/iblock_0/a`)).toBe('253:1')
  expect(backstoresOn(system, '253:1')).toEqual(['iblock_0/a'])
  expect(backstoresOn(system, '253:10')).toEqual([])
})

test('a backstore that is not open, or no longer exists, holds nothing', () => {
  const closed = IBLOCK.replace('Major: 253 Minor: 1  CLAIMED: IBLOCK', 'Major: 0 Minor: 0')
  const system = fakeSystem({ [`${CORE}/iblock_0/a/info`]: closed, [`${CORE}/iblock_0/a/udev_path`]: '/dev/a\n' })
  expect(deviceOfBackstore(system, `${CORE}/iblock_0/a`)).toBeUndefined()
  expect(deviceOfBackstore(system, `${CORE}/iblock_0/b`)).toBeUndefined()
})

test('a backstore on a file holds no device, and the file is not examined: its server may be dead', () => {
  const system = fakeSystem({
    [`${CORE}/fileio_0/a/udev_path`]: '/net/dead/image\n',
    [`${CORE}/fileio_0/b/udev_path`]: '/dev/sdb\n',
  })
  const looked: string[] = []
  system.stat = path => {
    looked.push(path)
    throw errno('ESTALE', 'stat', path)
  }
  expect(deviceOfBackstore(system, `${CORE}/fileio_0/a`)).toBeUndefined()
  expect(deviceOfBackstore(system, `${CORE}/fileio_0/b`)).toBeUndefined()
  expect(looked).toEqual(['/dev/sdb'])
})

test('a backstore is exported by any kind of target', () => {
  const system = fakeSystem({ [`${CORE}/iblock_0/a/info`]: IBLOCK })
  const target = '/sys/kernel/config/target'
  system.put(`${target}/iscsi/iqn.2026-01.org.example:x/tpgt_1/lun/lun_3/c0ffee`, link(`${CORE}/iblock_0/a`))
  system.put(`${target}/vhost/naa.5001405/tpgt_1/lun/lun_0/x`, link(`${CORE}/iblock_0/a`))
  system.put(`${target}/iscsi/iqn.2026-01.org.example:x/tpgt_1/lun/lun_4/c0ffee`, link(`${CORE}/iblock_0`))
  expect(exportsOf(system, `${CORE}/iblock_0/a`)).toEqual([
    'lun_3 of iqn.2026-01.org.example:x tpgt_1',
    'lun_0 of naa.5001405 tpgt_1',
  ])
})

test('the backstore of an address is the same everywhere and differs between addresses', () => {
  const address = { iqn: 'iqn.2026-01.org.example:c0', tpgt: 1, lun: 0 }
  expect(backstoreOf(address)).toEqual(backstoreOf({ ...address }))
  const addresses = [address, { ...address, tpgt: 2 }, { ...address, lun: 1 }, { ...address, iqn: `${address.iqn}0` }]
  expect(new Set(addresses.map(one => backstoreOf(one).name)).size).toBe(4)
  expect(backstoreOf(address).hba).toMatch(/^iblock_\d+$/)
})
