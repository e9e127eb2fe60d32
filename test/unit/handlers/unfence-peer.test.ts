import { describe, expect, test } from 'vitest'
import type { FakeMinor } from '../../fake/drbd/drbd.ts'
import { CONSTRAINT, type HandlerNode, handle, handlerNode, sharedCibOfC0 } from '../../fake/handlers/handler-node.ts'
import { copyOf, type SharedCib } from '../../fake/handlers/shared-cib.ts'
import { link } from '../../fake/tree.ts'

const SYNCED: Partial<FakeMinor> = { connection: 'Connected', peerRole: 'Primary', peerDisk: 'UpToDate' }

const isPlaced = (shared: SharedCib) => copyOf(shared, 'node3').includes(CONSTRAINT)

/** A cluster where node1 has lost node2 and placed the constraint. */
async function fenced() {
  const shared = sharedCibOfC0()
  const node1 = await handlerNode(shared, 'node1', { role: 'Primary' })
  await handle(node1, 'fence-peer')
  return { shared, node1 }
}

const become = ({ kernel }: HandlerNode, minor: Partial<FakeMinor>) =>
  kernel.minors.set(0, { ...kernel.fresh, ...minor })

describe('unfence-peer', () => {
  test('removes the constraint of the other node when the resync here is complete', async () => {
    const { shared } = await fenced()
    const node2 = await handlerNode(shared, 'node2', SYNCED)
    const { code, lines } = await handle(node2, 'unfence-peer')
    expect({ code, lines }).toEqual({ code: 0, lines: [`INFO: removed ${CONSTRAINT}: all sides have the same data`] })
    expect(isPlaced(shared)).toBe(false)
  })

  test('removes that of its own node, where DRBD 9 calls it', async () => {
    const { shared, node1 } = await fenced()
    become(node1, { ...SYNCED, role: 'Primary', peerRole: 'Secondary' })
    expect((await handle(node1, 'unfence-peer')).code).toBe(0)
    expect(isPlaced(shared)).toBe(false)
  })

  test.each<[string, Partial<FakeMinor>]>([
    ['is not connected', { connection: 'WFConnection', peerRole: 'Unknown', peerDisk: 'DUnknown' }],
    ['is still being resynced', { ...SYNCED, connection: 'SyncTarget', disk: 'Inconsistent' }],
    ['has old data', { ...SYNCED, disk: 'Outdated' }],
    ['has a peer with old data', { ...SYNCED, peerDisk: 'Outdated' }],
  ])('keeps it while this side %s', async (_what, minor) => {
    const { shared } = await fenced()
    const { code, lines } = await handle(await handlerNode(shared, 'node2', minor), 'unfence-peer')
    expect({ code, line: lines.at(-1) }).toEqual({ code: 1, line: expect.stringMatching(/stays: the local data are/) })
    expect(isPlaced(shared)).toBe(true)
  })

  test('keeps it while another volume of the resource is being resynced: DRBD passes the finished one', async () => {
    const { shared } = await fenced()
    const node2 = await handlerNode(shared, 'node2', SYNCED)
    const { system, kernel } = node2
    kernel.minors.set(1, { ...kernel.fresh, ...SYNCED, connection: 'SyncTarget', disk: 'Inconsistent' })
    system.put('/sys/kernel/debug/drbd/minors/1', link('../resources/c0/volumes/1'))
    expect((await handle(node2, 'unfence-peer', { DRBD_MINOR: '0' })).code).toBe(1)
    expect(isPlaced(shared)).toBe(true)
    become(node2, SYNCED)
    kernel.minors.set(1, { ...kernel.fresh, ...SYNCED })
    expect((await handle(node2, 'unfence-peer', { DRBD_MINOR: '1' })).code).toBe(0)
    expect(isPlaced(shared)).toBe(false)
  })

  test('succeeds if there is none', async () => {
    const shared = sharedCibOfC0()
    expect((await handle(await handlerNode(shared, 'node2', SYNCED), 'unfence-peer')).code).toBe(0)
  })

  test('retries while the cluster does not answer, but not for long, because DRBD waits for it', async () => {
    const { shared } = await fenced()
    const node2 = await handlerNode(shared, 'node2', SYNCED)
    let failures = 4
    shared.disturb = (_node, [, verb]) =>
      verb === '--delete' && failures-- > 0 ? { status: 124, stderr: 'Timer expired' } : undefined
    expect((await handle(node2, 'unfence-peer')).code).toBe(0)
    expect(isPlaced(shared)).toBe(false)
    await handle(await handlerNode(shared, 'node1', { role: 'Primary' }), 'fence-peer')
    shared.disturb = () => ({ status: 124, stderr: 'Timer expired' })
    const { code, lines } = await handle(node2, 'unfence-peer')
    expect({ code, line: lines.at(-1) }).toEqual({ code: 1, line: expect.stringMatching(/stays: .*Timer expired/) })
  })

  test("keeps a constraint that was placed after it had read DRBD's status", async () => {
    const { shared, node1 } = await fenced()
    const node2 = await handlerNode(shared, 'node2', SYNCED)
    let isFirst = true
    const cibadmin = node2.system.tools.get('cibadmin')
    node2.system.tools.set('cibadmin', async (args, options) => {
      if (args[0] === '--delete' && isFirst) {
        isFirst = false
        // the connection is lost again, and the primary continues without this node
        expect((await handle(node1, 'fence-peer')).code).toBe(4)
        become(node2, { connection: 'WFConnection', peerRole: 'Unknown', peerDisk: 'DUnknown' })
      }
      return cibadmin?.(args, options) ?? 1
    })
    expect((await handle(node2, 'unfence-peer')).code).toBe(1)
    expect(isPlaced(shared)).toBe(true)
  })
})
