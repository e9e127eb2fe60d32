import { describe, expect, test } from 'vitest'
import { drbdStatus, verifiedDrbdStatus } from '../../../../system/drbd/read-status.ts'
import {
  type DrbdPeer,
  hasUpToDatePeer,
  isAttaching,
  isConnected,
  isInHandshake,
} from '../../../../system/drbd/status.ts'
import { drbd } from '../../../fake/drbd/drbd.ts'
import { type FakeSystem, fakeSystem } from '../../../fake/system.ts'

const modprobe = { name: 'modprobe', package: 'kmod' }

async function node(version: string, up: readonly number[] = [0]) {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  const kernel = drbd(system, { c0: 0, c1: 1 }, version)
  await system.run(modprobe, ['-a', 'drbd'])
  for (const minor of up) kernel.minors.set(minor, { ...kernel.fresh })
  system.commands.length = 0
  return { system, kernel, status: (name: string) => drbdStatus(system, name, { signal: AbortSignal.timeout(1000) }) }
}

describe.each(['8.4.11', '9.1.13'])('DRBD %s', version => {
  test('shows the status of a resource that is up', async () => {
    const { status } = await node(version)
    expect(await status('c0')).toMatchObject({ minor: 0, role: 'Secondary', disk: 'UpToDate', hasQuorum: true })
  })

  test('has no status of a resource that is down while another is up', async () => {
    expect(await (await node(version)).status('c1')).toBeUndefined()
  })

  test('has no status if nothing is up, and starts no process', async () => {
    const { status, system } = await node(version, [])
    expect(await status('c0')).toBeUndefined()
    expect(system.commands).toEqual([])
  })

  test('shows parts of a resource that a killed start has left', async () => {
    const { status, kernel } = await node(version)
    kernel.minors.set(0, 'unconfigured')
    expect(await status('c0')).toEqual({ leftover: expect.any(String) })
  })
})

describe('DRBD 8.4, whose debugfs is not mounted', () => {
  async function blind(up?: readonly number[]) {
    const made = await node('8.4.11', up)
    made.system.take('/sys/kernel/debug')
    return made
  }

  test.each<[string, (system: FakeSystem) => void]>([
    ['was taken away', system => system.take('/etc/drbd.d/c0.res')],
    ['is damaged', system => system.put('/etc/drbd.d/c0.res', 'resource c0 {')],
    ['has another minor now', system => system.put('/etc/drbd.d/c0.res', 'resource c0 { device minor 5; }')],
  ])('shows the status of a resource whose configuration %s, and runs drbdsetup once for that', async (_, spoil) => {
    const { status, system } = await blind([0, 1])
    spoil(system)
    expect(await status('c0')).toMatchObject({ minor: 0, disk: 'UpToDate' })
    expect(system.commands).toEqual([['drbdsetup', 'show', 'all']])
  })

  test('runs no tool if every minor is configured', async () => {
    const { status, system } = await blind([1])
    expect(await status('c0')).toBeUndefined()
    expect(system.commands).toEqual([])
  })

  test('has no status of a resource that drbdsetup does not show', async () => {
    const { status, system } = await blind([1])
    system.take('/etc/drbd.d/c1.res')
    expect(await status('c0')).toBeUndefined()
    expect(system.commands).toHaveLength(1)
  })

  test('has no status if the last minor was removed while drbdsetup ran', async () => {
    const { status, system, kernel } = await blind([1])
    system.take('/etc/drbd.d/c1.res')
    system.tools.set('drbdsetup', () => {
      kernel.minors.clear()
      return 0
    })
    expect(await status('c0')).toBeUndefined()
  })

  test('does not count as down when drbdsetup fails', async () => {
    const { status, system } = await blind()
    system.take('/etc/drbd.d/c0.res')
    system.tools.set('drbdsetup', () => ({ status: 20, stderr: 'out of order' }))
    await expect(status('c0')).rejects.toThrow('drbdsetup show all exited with 20: out of order')
  })
})

test('a module that is not loaded has no status', async () => {
  expect(await drbdStatus(fakeSystem(), 'c0', { signal: AbortSignal.timeout(1000) })).toBeUndefined()
})

test('DRBD 8.4 is read from /proc, DRBD 9 with one run of drbdsetup', async () => {
  const [eight, nine] = [await node('8.4.11'), await node('9.1.13')]
  await eight.status('c0')
  await nine.status('c0')
  expect(eight.system.commands).toEqual([])
  expect(nine.system.commands).toEqual([['drbdsetup', 'status', 'c0', '--json']])
})

describe('a resource of DRBD 9 without a volume, which has no device', () => {
  async function bare() {
    const { system, status } = await node('9.3.3', [])
    const json = JSON.stringify([{ name: 'c0', role: 'Secondary', devices: [], connections: [] }])
    system.tools.set('drbdsetup', () => ({ status: 0, stdout: json }))
    const verified = () => verifiedDrbdStatus(system, 'c0', { signal: AbortSignal.timeout(1000) })
    return { system, status: () => status('c0'), verified }
  }
  const LEFT = { leftover: 'resource c0 has no volume' }

  test('is found in debugfs', async () => {
    const { system, status, verified } = await bare()
    system.put('/sys/kernel/debug/drbd/resources/c0/connections', '')
    expect([await status(), await verified()]).toEqual([LEFT, LEFT])
  })

  test('is asked for by an action where debugfs is not there, and a monitor starts no process', async () => {
    const { system, status, verified } = await bare()
    system.take('/sys/kernel/debug')
    expect(await status()).toBeUndefined()
    expect(system.commands).toEqual([])
    expect(await verified()).toEqual(LEFT)
  })

  test('is left out where debugfs is not there, and drbdsetup is not installed', async () => {
    const { system, verified } = await bare()
    system.take('/sys/kernel/debug')
    system.tools.delete('drbdsetup')
    expect(await verified()).toBeUndefined()
  })
})

test('a resource of DRBD 8.4 without a volume is the leftover of a killed start', async () => {
  const { status, system } = await node('8.4.11', [])
  system.put('/sys/kernel/debug/drbd/resources/c0/connections', '')
  expect(await status('c0')).toEqual({ leftover: 'resource c0 has no volume' })
})

const peer = (parts: Partial<DrbdPeer>): DrbdPeer => ({
  name: undefined,
  connection: 'Connected',
  role: 'Secondary',
  disk: 'UpToDate',
  isClient: false,
  percentDone: undefined,
  outOfSyncBytes: 0,
  ...parts,
})
const local = { minor: 0, role: 'Secondary', disk: 'UpToDate', isClient: false, hasQuorum: true, suspended: undefined }

test.each([
  'Connected',
  'SyncSource',
  'SyncTarget',
  'PausedSyncT',
  'VerifyS',
  'WFBitMapT',
  'Ahead',
])('%s is connected', connection => {
  expect(isConnected(peer({ connection }))).toBe(true)
})

test.each([
  'StandAlone',
  'WFConnection',
  'Connecting',
  'WFReportParams',
  'Unconnected',
  'NetworkFailure',
  'Timeout',
])('%s is not connected', connection => {
  expect(isConnected(peer({ connection }))).toBe(false)
})

test.each([
  ['Attaching', true],
  ['Negotiating', true],
  ['UpToDate', false],
  ['Inconsistent', false],
  ['Detaching', false],
  ['Failed', false],
])('a disk that is %s is being attached: %j', (disk, isBeing) => {
  expect(isAttaching({ ...local, disk, peers: [] })).toBe(isBeing)
})

test.each([
  ['WFReportParams', true],
  ['TearDown', true],
  ['WFConnection', false],
  ['WFBitMapT', false],
])('%s of one peer of two is a handshake: %j', (connection, isOne) => {
  expect(isInHandshake({ ...local, peers: [peer({}), peer({ connection })] })).toBe(isOne)
})

test('up-to-date data of an unreachable peer do not count', () => {
  expect(hasUpToDatePeer({ ...local, peers: [peer({ disk: 'Outdated' }), peer({})] })).toBe(true)
  expect(hasUpToDatePeer({ ...local, peers: [peer({ connection: 'Connecting' }), peer({ disk: 'Outdated' })] })).toBe(
    false,
  )
})
