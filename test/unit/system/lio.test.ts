import { expect, test } from 'vitest'
import {
  backstoreOf,
  createBackstore,
  createTarget,
  type Export,
  findExport,
  removeBackstore,
  removeTarget,
} from '../../../system/lio.ts'
import { addBlockDevice } from '../../fake/block.ts'
import { lio } from '../../fake/lio.ts'
import { fakeSystem } from '../../fake/system.ts'

const wanted: Export = {
  iqn: 'iqn.2026-01.org.example:c0',
  tpgt: 1,
  lun: 0,
  device: '/dev/drbd0',
  serial: '0123456789abcdef',
  portals: ['192.0.2.10:3260', '[2001:db8::10]:3260'],
  initiators: ['iqn.2026-01.org.example:vhost0'],
}
const TPG = `/sys/kernel/config/target/iscsi/${wanted.iqn}/tpgt_1`
const { hba, name } = backstoreOf(wanted)

async function exported() {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  const kernel = lio(system)
  addBlockDevice(system, '/dev/drbd0', '147:0')
  await createBackstore(system, wanted)
  await createTarget(system, wanted)
  return { system, kernel }
}

test('a complete export misses nothing', async () => {
  const { system } = await exported()
  expect(findExport(system, wanted)).toEqual({ hasRemains: true, hasTpg: true, hasBackstore: true, missing: [] })
})

test('where nothing is, nothing is found', () => {
  expect(findExport(fakeSystem(), wanted)).toMatchObject({ hasRemains: false, hasTpg: false, hasBackstore: false })
})

test.each<[string, string, string]>([
  ['the portal group disabled', 'write', `${TPG}/enable`],
  ['a portal gone', 'rmdir', `${TPG}/np/192.0.2.10:3260`],
  ['an initiator without access', 'unlink', `${TPG}/acls/iqn.2026-01.org.example:vhost0/lun_0/${name}`],
])('with %s it says what is missing', async (_, change, path) => {
  const { system } = await exported()
  if (change === 'write') await system.write(path, '0')
  else if (change === 'rmdir') await system.removeDirectory(path)
  else await system.remove(path)
  expect(findExport(system, wanted).missing).toHaveLength(1)
})

test('another device behind the same address is noticed', async () => {
  const { system } = await exported()
  expect(findExport(system, { ...wanted, device: '/dev/drbd1' }).missing).toEqual([
    'the backstore is not on /dev/drbd1',
  ])
})

test('the serial number is set before the backstore is enabled', async () => {
  const { system } = await exported()
  const store = `/sys/kernel/config/target/core/${hba}/${name}`
  const serial = system.changes.indexOf(`write ${store}/wwn/vpd_unit_serial ${wanted.serial}`)
  expect(serial).toBeGreaterThan(-1)
  expect(system.changes.indexOf(`write ${store}/enable 1`)).toBeGreaterThan(serial)
})

test('only those named get in: no demo mode', async () => {
  const { system } = await exported()
  expect(system.read(`${TPG}/attrib/generate_node_acls`)).toBe('0')
  expect(system.list(`${TPG}/acls`)).toEqual(wanted.initiators)
})

test('removal leaves nothing of it, but other portal groups of the target', async () => {
  const { system } = await exported()
  const other = { ...wanted, tpgt: 2 }
  await createBackstore(system, other)
  await createTarget(system, { ...other, portals: ['192.0.2.11:3260'] })
  await removeTarget(system, wanted)
  await removeBackstore(system, wanted)
  expect(findExport(system, wanted)).toMatchObject({ hasRemains: true, hasTpg: false, hasBackstore: false })
  await removeTarget(system, other)
  await removeBackstore(system, other)
  expect(findExport(system, other)).toMatchObject({ hasRemains: false, hasTpg: false, hasBackstore: false })
  expect(system.list('/sys/kernel/config/target/core')).toEqual([])
})

test('the backstore of an address is the same everywhere and differs between addresses', () => {
  expect(backstoreOf(wanted)).toEqual({ hba, name })
  const addresses = [wanted, { ...wanted, tpgt: 2 }, { ...wanted, lun: 1 }, { ...wanted, iqn: `${wanted.iqn}0` }]
  expect(new Set(addresses.map(address => backstoreOf(address).name)).size).toBe(4)
  expect(hba).toMatch(/^iblock_\d+$/)
})
