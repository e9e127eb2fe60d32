import { expect, test } from 'vitest'
import type { Sides } from '../../../../cli/clouds/replacement/sides.ts'
import { sideProblems } from '../../../../cli/clouds/replacement/sides.ts'
import type { Replication } from '../../../../cli/clouds/replication/replication.ts'
import { c0, threeSides } from '../../cloud/examples.ts'

const good: Replication = {
  ...{ node: 'node1', connection: 'Connected', role: 'Secondary', disk: 'UpToDate', peerDisk: 'UpToDate' },
  ...{ outOfSyncBytes: 0, syncedPercent: null, suspended: null, hasSplitBrain: false },
}
const one = (changes: Partial<Replication> = {}): Replication => ({ ...good, role: 'Primary', ...changes })
const two = (changes: Partial<Replication> = {}): Replication => ({ ...good, node: 'node2', ...changes })
const down = { node: 'node2', problem: 'DRBD is down' }
const alone = { connection: 'WFConnection', peerDisk: 'Outdated' }
const problemsOf = (changes: Partial<Sides>) =>
  sideProblems({
    ...{ cloud: c0, from: 'node2', stays: ['node1'], replication: [one(), two()], fences: [], exporter: 'node1' },
    ...{ isBanned: false, ...changes },
  }).join('; ')

test.each<[string, Partial<Sides>]>([
  ['in sync', {}],
  ['exported by the side that goes', { exporter: 'node2' }],
  ['down on the side that goes', { replication: [one(alone), down] }],
  ['without a disk on it', { replication: [one({ peerDisk: 'Diskless' }), two({ disk: 'Diskless' })] }],
  ['without a disk on it, which exports', { replication: [one(), two({ disk: 'Failed' })], exporter: 'node2' }],
  ['kept down by an earlier call', { replication: [one(alone), two({ connection: 'StandAlone' })], isBanned: true }],
])('a side of a cloud that is %s can be replaced', (_what, changes) => {
  expect(problemsOf(changes)).toBe('')
})

test.each<[string, Partial<Sides>, string]>([
  ['in standby', { cloud: { ...c0, state: 'standby' } }, 'it is in standby'],
  ['not exported', { exporter: undefined }, 'no node exports it'],
  ['unknown on the side that stays', { replication: [{ ...down, node: 'node1' }, two()] }, 'are unknown: DRBD is down'],
  ['outdated there', { replication: [one({ disk: 'Outdated' }), two()] }, 'are Outdated'],
  ['suspended there', { replication: [one({ suspended: 'fencing' }), down] }, 'I/O is suspended'],
  [
    'exported by a side without a disk that is not connected',
    { replication: [one(alone), two({ disk: 'Diskless', ...alone })], exporter: 'node2' },
    'its data may be newer',
  ],
  [
    'split',
    { replication: [one({ connection: 'StandAlone' }), two({ connection: 'StandAlone', hasSplitBrain: true })] },
    '--discard',
  ],
  [
    'resyncing',
    { replication: [one({ connection: 'SyncSource', syncedPercent: 3 }), two()] },
    'wait for the end of the resync',
  ],
  [
    'disconnected, and exported by the side that goes',
    { replication: [one(alone), two(alone)], exporter: 'node2' },
    'not both Connected',
  ],
])('a side of a cloud that is %s cannot', (_what, changes, words) => {
  expect(problemsOf(changes)).toContain(words)
})

test('of three sides, the two that stay must be connected with each other; the third one may be gone', () => {
  const peer = (node: string, connection = 'Connected', disk = 'UpToDate') => ({
    ...{ node, connection, disk, outOfSyncBytes: 0, syncedPercent: null },
  })
  const three = (between: string): Partial<Sides> => ({
    ...{ cloud: threeSides, from: 'node3', stays: ['node1', 'node2'] },
    replication: [
      one({ ...alone, peers: [peer('node2', between), peer('node3', 'Connecting', 'DUnknown')] }),
      two({ ...alone, peers: [peer('node1', between), peer('node3', 'Connecting', 'DUnknown')] }),
      { node: 'node3', problem: 'DRBD is down' },
    ],
  })
  expect(problemsOf(three('Connected'))).toBe('')
  expect(problemsOf(three('SyncSource'))).toContain('node1 and node2, which stay, are SyncSource')
})
