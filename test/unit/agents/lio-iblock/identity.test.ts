import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { backstoreOf } from '../../../../system/lio/paths.ts'
import { IQN, probe, STORE, start, started, stop, stopped, TARGET, TPG, VHOST } from '../../../fake/nodes/lio-iblock.ts'

/** What initiators see of the LUN. */
async function identityWith(more: Readonly<Record<string, string>> = {}) {
  const { system } = await started(more)
  const read = (name: string) => system.read(`${STORE}/wwn/${name}`).trim().split(': ').at(-1)
  return { serial: read('vpd_unit_serial'), vendor: read('vendor_id'), product: read('product_id') }
}

describe('the identity', () => {
  test('is the same on every node, despite all differences between nodes', async () => {
    const identity = await identityWith()
    expect(identity.serial).toMatch(/^[0-9a-f]{32}$/)
    expect(await identityWith({ portals: '192.0.2.99', allowed_initiators: '' })).toEqual(identity)
  })

  test('differs between volumes and clusters, within the first 8 characters of the product', async () => {
    const productOf = async (iqn: string) => {
      const { system } = stopped()
      await start(system, { iqn })
      const { hba, name } = backstoreOf({ iqn, tpgt: 1, lun: 0 })
      return system.read(`${TARGET}/core/${hba}/${name}/wwn/product_id`).slice(0, 8)
    }
    const iqns = [IQN, `${IQN}1`, 'iqn.2026-01.org.example:other:c0']
    expect(new Set(await Promise.all(iqns.map(productOf))).size).toBe(3)
  })

  test('is as configured', async () => {
    const given = { scsi_sn: 'F0E1D2C3-b4a5-4678-9abc-0123456789ab', vendor_id: 'ACME', product_id: 'Disk of c0' }
    const { scsi_sn: serial, vendor_id: vendor, product_id: product } = given
    expect(await identityWith(given)).toEqual({ serial, vendor, product })
  })
})

describe('an attribute', () => {
  const attribute = (system: ReturnType<typeof stopped>['system'], name: string) =>
    system.read(`${STORE}/attrib/${name}`).trim()

  test("is as configured, and the others keep the kernel's default", async () => {
    const { system } = await started({ emulate_tpu: 'yes', emulate_caw: '0', block_size: '4096' })
    const names = ['emulate_tpu', 'emulate_caw', 'emulate_3pc', 'block_size']
    expect(names.map(name => attribute(system, name))).toEqual(['1', '0', '1', '4096'])
    const { system: usual } = await started()
    expect(names.map(name => attribute(usual, name))).toEqual(['0', '1', '1', '512'])
    expect(usual.read(`${TPG}/acls/${VHOST}/cmdsn_depth`).trim()).toBe('64')
  })

  test('cmdsn_depth applies to every initiator', async () => {
    const { system } = await started({ cmdsn_depth: '128' })
    expect(system.read(`${TPG}/acls/${VHOST}/cmdsn_depth`).trim()).toBe('128')
  })

  test.each<[string, Record<string, string>, { blockSize?: number; takesDiscards?: boolean }, string]>([
    ['blocks smaller than those of the device', { block_size: '512' }, { blockSize: 4096 }, 'has blocks of 4096 bytes'],
    ['UNMAP without discards', { emulate_tpu: 'true' }, { takesDiscards: false }, 'does not support discards'],
    ['a write cache of a device without one', { emulate_write_cache: '1' }, {}, 'has no volatile write cache'],
  ])('that promises %s is refused on this node (OCF_ERR_ARGS)', async (_, more, traits, reason) => {
    const { system, kernel } = stopped()
    kernel.devices.set('/dev/drbd0', traits)
    const result = await start(system, more)
    expect(result).toMatchObject({ code: exit.invalidHere, reasons: [expect.stringContaining(reason)] })
    expect((await stop(system)).code).toBe(exit.success)
    expect((await probe(system)).code).toBe(exit.notRunning)
  })

  test.each([
    ['/sys/devices/virtual/block/drbd0/queue/write_cache', 'write back\n', 'true'],
    ['/sys/devices/virtual/block/queue/write_cache', 'write back\n', 'true'],
    ['/sys/devices/virtual/block/drbd0/queue/write_cache', 'write through\n', 'false'],
  ])('write cache that matches the device (%s) is accepted', async (path, mode, emulate_write_cache) => {
    const { system } = stopped()
    system.put('/sys/devices/virtual/block/drbd0/size', '0\n')
    system.put(path, mode)
    const result = await start(system, { emulate_write_cache })
    expect(result.code).toBe(exit.success)
  })
})
