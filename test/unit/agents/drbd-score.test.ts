import { expect, test } from 'vitest'
import { type Score, scoreOf } from '../../../agents/drbd-cloud/score.ts'
import type { DrbdStatus } from '../../../system/drbd.ts'

const connected: DrbdStatus = {
  connection: 'Connected',
  role: 'Secondary',
  peerRole: 'Secondary',
  disk: 'UpToDate',
  peerDisk: 'UpToDate',
}
const alone = { connection: 'WFConnection', peerRole: 'Unknown', peerDisk: 'DUnknown' }

test.each<[string, Partial<DrbdStatus>, Score]>([
  ['good data, and a peer to compare them with', {}, 10000],
  ['good data, the peer is behind', { connection: 'SyncSource', peerDisk: 'Inconsistent' }, 10000],
  ['good data, and no peer', alone, 1000],
  ['good data, and dropped the peer', { ...alone, connection: 'StandAlone' }, 1000],
  ['good data, and the peer known to be outdated', { ...alone, peerDisk: 'Outdated' }, 1000],
  ['good data in use, and no peer', { ...alone, role: 'Primary' }, 10000],
  ['data that are being brought up to date', { connection: 'SyncTarget', disk: 'Inconsistent' }, 10],
  ['no disk, but a peer with good data', { disk: 'Diskless' }, 10],
  ['data that may be good, and no peer that may have newer ones', { ...alone, disk: 'Consistent' }, undefined],
  ['outdated data, and no peer', { ...alone, disk: 'Outdated' }, undefined],
  ['half the data, and no peer', { ...alone, disk: 'Inconsistent' }, undefined],
  ['half the data, as the peer', { disk: 'Inconsistent', peerDisk: 'Inconsistent' }, undefined],
  ['no disk, and no peer', { ...alone, disk: 'Diskless' }, undefined],
  ['a disk that is being attached', { disk: 'Attaching' }, 'leave'],
  ['a connection that is being made', { ...alone, connection: 'WFReportParams' }, 'leave'],
])('with %s', (_, parts, score) => {
  expect(scoreOf({ ...connected, ...parts })).toBe(score)
})
