import { expect, test } from 'vitest'
import { type Score, scoreOf } from '../../../../agents/drbd-cloud/score.ts'
import type { DrbdPeer, DrbdStatus } from '../../../../system/drbd/status.ts'

interface Pair extends Omit<DrbdStatus, 'peers' | 'minor'>, Pick<DrbdPeer, 'connection'> {
  readonly peerDisk: string
}

const connected: Pair = {
  connection: 'Connected',
  role: 'Secondary',
  disk: 'UpToDate',
  peerDisk: 'UpToDate',
  isClient: false,
  hasQuorum: true,
  suspended: undefined,
}
const alone = { connection: 'WFConnection', peerDisk: 'DUnknown' }
const connecting = { connection: 'WFReportParams' }

const peer = (connection: string, disk: string): DrbdPeer => ({
  name: undefined,
  connection,
  role: 'Secondary',
  disk,
  isClient: false,
  percentDone: undefined,
  outOfSyncBytes: 0,
})

test.each<[string, Partial<Pair>, Score]>([
  ['good data, and a peer to compare them with', {}, 10000],
  ['good data, the peer is behind', { connection: 'SyncSource', peerDisk: 'Inconsistent' }, 10000],
  ['good data, and no peer', alone, 1000],
  ['good data, and dropped the peer', { ...alone, connection: 'StandAlone' }, 1000],
  ['good data, and a peer that is away and known to be outdated', { ...alone, peerDisk: 'Outdated' }, 10000],
  ['good data, and a peer that was lost in its resync', { ...alone, peerDisk: 'Inconsistent' }, 10000],
  ['good data in use, and no peer', { ...alone, role: 'Primary' }, 10000],
  ['good data, but no quorum', { hasQuorum: false }, undefined],
  ['good data in use, but no quorum', { ...alone, role: 'Primary', hasQuorum: false }, undefined],
  ['data that are being brought up to date', { connection: 'SyncTarget', disk: 'Inconsistent' }, 10],
  ['no disk, but a peer with good data', { disk: 'Diskless' }, 10],
  ['no disk in use, but a peer with good data', { disk: 'Diskless', role: 'Primary' }, 10],
  ['data that may be good, and no peer that may have newer ones', { ...alone, disk: 'Consistent' }, undefined],
  ['outdated data, and no peer', { ...alone, disk: 'Outdated' }, undefined],
  ['half the data, and no peer', { ...alone, disk: 'Inconsistent' }, undefined],
  ['half the data, as the peer', { disk: 'Inconsistent', peerDisk: 'Inconsistent' }, undefined],
  ['no disk, and no peer', { ...alone, disk: 'Diskless' }, undefined],
  ['a disk that is being attached, and no peer', { ...alone, disk: 'Attaching' }, 'leave'],
  ['a disk that is compared with bad data', { disk: 'Negotiating', peerDisk: 'Inconsistent' }, 'leave'],
  ['a disk that is compared with good data', { disk: 'Negotiating' }, 10],
  ['a disk that is being detached, and no peer', { ...alone, disk: 'Detaching' }, undefined],
  ['a disk that is being detached, but a peer with good data', { disk: 'Detaching' }, 10],
  ['good data, and a connection that is being made', { ...alone, connection: 'WFReportParams' }, 'leave'],
  [
    'good data, and a peer known to be outdated that is connecting',
    { connection: 'WFReportParams', peerDisk: 'Outdated' },
    'leave',
  ],
  ['good data in use, and a connection that is being made', { ...alone, ...connecting, role: 'Primary' }, 10000],
  ['outdated data, and a connection that is being made', { ...alone, ...connecting, disk: 'Outdated' }, undefined],
  ['a failed disk, and a connection that is being made', { ...alone, ...connecting, disk: 'Failed' }, undefined],
  ['data that are about to be brought up to date', { connection: 'WFBitMapT', disk: 'Outdated' }, 10],
])('with %s', (_, parts, score) => {
  const { connection, peerDisk, ...local } = { ...connected, ...parts }
  expect(scoreOf({ ...local, minor: 0, peers: [peer(connection, peerDisk)] }, false)).toBe(score)
})

test.each<[string, string, readonly DrbdPeer[], Score]>([
  ['good data, and no connection to anybody', 'UpToDate', [], 1000],
  ['old data, and no connection to anybody', 'Outdated', [], undefined],
  [
    'good data, and every peer known',
    'UpToDate',
    [peer('Connected', 'UpToDate'), peer('Connected', 'Outdated')],
    10000,
  ],
  [
    'good data, and one peer of two unknown',
    'UpToDate',
    [peer('Connected', 'UpToDate'), peer('Connecting', 'DUnknown')],
    1000,
  ],
  [
    'old data, and one peer of two with good ones',
    'Outdated',
    [peer('Connecting', 'DUnknown'), peer('Connected', 'UpToDate')],
    10,
  ],
  [
    'old data, and good ones known only of a peer that is away',
    'Outdated',
    [peer('Connecting', 'UpToDate')],
    undefined,
  ],
])('with %s', (_, disk, peers, score) => {
  expect(scoreOf({ ...connected, disk, minor: 0, peers }, false)).toBe(score)
})

test.each<[string, Partial<Pair>, Score]>([
  ['good data that are not in use', {}, undefined],
  ['good data that are in use', { role: 'Primary' }, 10000],
  ['a connection that is being made', connecting, undefined],
  ['data in use, and a connection that is being made', { ...connecting, role: 'Primary' }, 10000],
  ['a disk that is being attached', { disk: 'Attaching' }, undefined],
])('in a split brain, with %s', (_, parts, score) => {
  const { connection, peerDisk, ...local } = { ...connected, ...alone, connection: 'StandAlone', ...parts }
  expect(scoreOf({ ...local, minor: 0, peers: [peer(connection, peerDisk)] }, true)).toBe(score)
})
