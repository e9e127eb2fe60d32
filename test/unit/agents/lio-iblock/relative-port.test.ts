import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { addBlockDevice } from '../../../fake/block/block.ts'
import { IQN, monitor, start, started, stop, stopped, TARGET, TPG, targetcli } from '../../../fake/nodes/lio-iblock.ts'

/* The relative target port identifier: what initiators see of a port, on kernels that number the ports of a node. */

const SINCE_6_4 = 6.12
type Node = ReturnType<typeof stopped>
const portOf = ({ system }: Node, tpg = TPG) => Number(system.read(`${tpg}/rtpi`))

/** A node where targets of others were enabled before, and got the lowest numbers. */
async function busy(others: number): Promise<Node> {
  const node = stopped(SINCE_6_4)
  for (let index = 0; index < others; index += 1) {
    addBlockDevice(node.system, `/dev/sd${index}`, `8:${16 * index}`)
    await targetcli(node, {
      iqn: `iqn.2003-01.org.linux-iscsi:other${index}`,
      device: `/dev/sd${index}`,
      type: `fileio`,
    })
  }
  return node
}

describe('since Linux 6.4', () => {
  test.each([0, 1, 2])('an export has the same number beside %i others', async others => {
    const node = await busy(Math.min(others, 1))
    if (others > 1) {
      addBlockDevice(node.system, '/dev/drbd1', '147:1')
      const other = await start(node.system, { iqn: `${IQN}1`, device: '/dev/drbd1', portals: '192.0.2.11' })
      expect(other.code).toBe(exit.success)
    }
    expect((await start(node.system)).code).toBe(exit.success)
    expect(portOf(node)).toBe(0x8000)
  })

  test('the number is set before an initiator can reach the port', async () => {
    const { system } = stopped(SINCE_6_4)
    await start(system)
    expect(system.changes.slice(-2)).toEqual([`write ${TPG}/rtpi 32768`, `write ${TPG}/enable 1`])
  })

  test.each<[string, Readonly<Record<string, string>>, (number: number) => boolean]>([
    ['the DRBD device', { device: '/dev/drbd7' }, number => number === 0x8007],
    ['the parameter', { rtpi: '12' }, number => number === 12],
    [
      'target name and tag, for another device',
      { device: '/dev/vg/c0' },
      number => number >= 0x4000 && number < 0x8000,
    ],
    ['them too, for a minor too large', { device: '/dev/drbd32768' }, number => number >= 0x4000 && number < 0x8000],
  ])('the number follows from %s', async (_, more, isMeant) => {
    const node = stopped(SINCE_6_4)
    if (more.device !== undefined) addBlockDevice(node.system, more.device, '147:7')
    expect((await start(node.system, more)).code).toBe(exit.success)
    expect(portOf(node)).toSatisfy(isMeant)
  })

  test('of other devices it differs between targets and between tags', async () => {
    const numberOf = async (more: Readonly<Record<string, string>>) => {
      const node = stopped(SINCE_6_4)
      addBlockDevice(node.system, '/dev/vg/c0', '253:0')
      await start(node.system, { device: '/dev/vg/c0', ...more })
      return portOf(node, `${TARGET}/iscsi/${more.iqn ?? IQN}/tpgt_${more.tpgt ?? 1}`)
    }
    const numbers = [await numberOf({}), await numberOf({ iqn: `${IQN}1` }), await numberOf({ tpgt: '2' })]
    expect(new Set(numbers).size).toBe(3)
    expect(await numberOf({})).toBe(numbers[0])
  })

  test('a number that another target has does not prevent the export, and a warning names the holder', async () => {
    const node = await busy(1)
    const result = await start(node.system, { rtpi: '1' })
    expect(result.code).toBe(exit.success)
    expect(result.stderr).toMatch(
      /tpgt_1 of iqn\.2003-01\.org\.linux-iscsi:other0 has the relative target port 1, so the kernel chooses one: set/,
    )
    expect(portOf(node)).toBe(2)
  })

  test('a number that another target takes at the same moment fails the start, and the next one succeeds', async () => {
    const node = await busy(1)
    const theirs = `${TARGET}/iscsi/iqn.2003-01.org.linux-iscsi:other0/tpgt_1`
    await node.system.write(`${theirs}/enable`, '0')
    await node.system.write(`${theirs}/rtpi`, '32768')
    const write = node.system.write
    node.system.write = async (path, text) => {
      if (path === `${TPG}/enable`) await write(`${theirs}/enable`, '1')
      return write(path, text)
    }
    const result = await start(node.system)
    expect(result).toMatchObject({
      code: exit.genericError,
      reasons: [expect.stringContaining('relative target port 32768 is taken by tpgt_1 of iqn.2003-01')],
    })
    expect((await stop(node.system)).code).toBe(exit.success)
    expect((await start(node.system)).code).toBe(exit.success)
  })

  test('a running export keeps its number, and is not degraded because of it', async () => {
    const node = stopped(SINCE_6_4)
    await start(node.system)
    await node.system.write(`${TPG}/enable`, '0')
    await node.system.write(`${TPG}/rtpi`, '1')
    await node.system.write(`${TPG}/enable`, '1')
    node.system.changes.length = 0
    expect((await monitor(node.system)).code).toBe(exit.success)
    expect((await start(node.system)).code).toBe(exit.success)
    expect(node.system.changes).toEqual([])
  })
})

test('before Linux 6.4 a port has no configurable number, and a start sets none', async () => {
  const { system } = await started({ rtpi: '5' })
  expect(system.list(TPG)).not.toContain('rtpi')
})

test.each(['0', '65536', 'x', '-1', '0x10'])('the number "%s" is refused (OCF_ERR_CONFIGURED)', async rtpi => {
  expect((await start(stopped(SINCE_6_4).system, { rtpi })).code).toBe(exit.notConfigured)
})
