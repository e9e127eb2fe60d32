import { expect, test } from 'vitest'
import { isChosen } from '../../../../agents/drbd-cloud/fencing.ts'
import { type Score, scoreOf } from '../../../../agents/drbd-cloud/score.ts'
import type { DrbdStatus } from '../../../../system/drbd/status.ts'
import { drbdStatus } from '../../../fake/nodes/drbd-status.ts'
import { fakeSystem } from '../../../fake/system.ts'

/* What DRBD shows as ROLE/DISK CONNECTION/PEERDISK, and the promotion score that follows. */

test.each<[string, string, Score, Partial<DrbdStatus>?]>([
  ['up-to-date data and such a peer', 'Secondary/UpToDate Connected/UpToDate', 10000],
  ['up-to-date data, the peer is behind', 'Secondary/UpToDate SyncSource/Inconsistent', 10000],
  ['up-to-date data and no peer', 'Secondary/UpToDate WFConnection/DUnknown', 1000],
  ['up-to-date data and a dropped peer', 'Secondary/UpToDate StandAlone/DUnknown', 1000],
  ['an unreachable peer that is known to be outdated', 'Secondary/UpToDate WFConnection/Outdated', 10000],
  ['a peer that was lost during its resync', 'Secondary/UpToDate WFConnection/Inconsistent', 10000],
  ['up-to-date data in use and no peer', 'Primary/UpToDate WFConnection/DUnknown', 10000],
  ['up-to-date data without quorum', 'Secondary/UpToDate Connected/UpToDate', undefined, { hasQuorum: false }],
  ['data in use without quorum', 'Primary/UpToDate WFConnection/DUnknown', undefined, { hasQuorum: false }],
  ['data that are being brought up to date', 'Secondary/Inconsistent SyncTarget/UpToDate', 10],
  ['no disk, but an up-to-date peer', 'Secondary/Diskless Connected/UpToDate', 10],
  ['no disk in use, but an up-to-date peer', 'Primary/Diskless Connected/UpToDate', 10],
  ['consistent data and no peer, which may have newer data', 'Secondary/Consistent WFConnection/DUnknown', undefined],
  ['outdated data and no peer', 'Secondary/Outdated WFConnection/DUnknown', undefined],
  ['half the data and no peer', 'Secondary/Inconsistent WFConnection/DUnknown', undefined],
  ['half the data, as the peer', 'Secondary/Inconsistent Connected/Inconsistent', undefined],
  ['no disk and no peer', 'Secondary/Diskless WFConnection/DUnknown', undefined],
  ['a disk that is being attached and no peer', 'Secondary/Attaching WFConnection/DUnknown', 'leave'],
  ['a disk that is compared with bad data', 'Secondary/Negotiating Connected/Inconsistent', 'leave'],
  ['a disk that is compared with up-to-date data', 'Secondary/Negotiating Connected/UpToDate', 10],
  ['a disk that is being detached and no peer', 'Secondary/Detaching WFConnection/DUnknown', undefined],
  ['a disk that is being detached, but an up-to-date peer', 'Secondary/Detaching Connected/UpToDate', 10],
  ['a handshake in progress', 'Secondary/UpToDate WFReportParams/DUnknown', 'leave'],
  ['a handshake with a peer known to be outdated', 'Secondary/UpToDate WFReportParams/Outdated', 'leave'],
  ['data in use and a handshake', 'Primary/UpToDate WFReportParams/DUnknown', 10000],
  ['outdated data and a handshake', 'Secondary/Outdated WFReportParams/DUnknown', undefined],
  ['a failed disk and a handshake', 'Secondary/Failed WFReportParams/DUnknown', undefined],
  ['data that are about to be brought up to date', 'Secondary/Outdated WFBitMapT/UpToDate', 10],
  ['up-to-date data and no connection at all', 'Secondary/UpToDate', 1000],
  ['outdated data and no connection at all', 'Secondary/Outdated', undefined],
  ['every peer known', 'Secondary/UpToDate Connected/UpToDate Connected/Outdated', 10000],
  ['one peer of two unknown', 'Secondary/UpToDate Connected/UpToDate Connecting/DUnknown', 1000],
  ['outdated data, one peer of two up to date', 'Secondary/Outdated Connecting/DUnknown Connected/UpToDate', 10],
  ['outdated data, newer ones only on an unreachable peer', 'Secondary/Outdated Connecting/UpToDate', undefined],
])('%s (%s): %j', (_, text, score, more) => {
  expect(scoreOf(drbdStatus(text, more), { isSplit: false, reach: 'all' })).toBe(score)
})

test.each<[string, string, Score]>([
  ['up-to-date data that are not in use', 'Secondary/UpToDate StandAlone/DUnknown', undefined],
  ['up-to-date data that are in use', 'Primary/UpToDate StandAlone/DUnknown', 10000],
  ['a handshake', 'Secondary/UpToDate WFReportParams/DUnknown', undefined],
  ['data in use and a handshake', 'Primary/UpToDate WFReportParams/DUnknown', 10000],
  ['a disk that is being attached', 'Secondary/Attaching StandAlone/DUnknown', undefined],
])('in a split brain, %s (%s): %j', (_, text, score) => {
  expect(scoreOf(drbdStatus(text), { isSplit: true, reach: 'all' })).toBe(score)
})

test.each<[string, Score]>([
  ['Secondary/Consistent WFConnection/DUnknown', 1000],
  ['Secondary/Consistent StandAlone/DUnknown', 1000],
  ['Secondary/Outdated WFConnection/DUnknown', undefined],
  ['Secondary/Inconsistent WFConnection/DUnknown', undefined],
  ['Secondary/Negotiating WFConnection/DUnknown', 'leave'],
  ['Secondary/UpToDate WFConnection/DUnknown', 1000],
])('%s has the score %j where a constraint lets only this side be promoted', (text, score) => {
  expect(scoreOf(drbdStatus(text), { isSplit: false, reach: 'all', isChosen: true })).toBe(score)
  expect(scoreOf(drbdStatus(text), { isSplit: true, reach: 'all', isChosen: true })).toBeUndefined()
})

test.each<[string, Score, Score]>([
  ['Secondary/UpToDate Connected/UpToDate', 5000, 15000],
  ['Primary/UpToDate Connected/UpToDate', 5000, 15000],
  ['Primary/UpToDate WFConnection/DUnknown', 5000, 15000],
  ['Secondary/UpToDate WFConnection/Outdated', 5000, 15000],
  ['Secondary/UpToDate WFConnection/DUnknown', 1000, 1000],
  ['Secondary/Inconsistent SyncTarget/UpToDate', 10, 10],
  ['Primary/Diskless Connected/UpToDate', 10, 10],
  ['Secondary/Consistent WFConnection/DUnknown', undefined, undefined],
  ['Secondary/UpToDate WFReportParams/DUnknown', 'leave', 'leave'],
])('%s has the score %j if clients cannot reach it, and %j if only its own can', (text, none, self) => {
  expect(scoreOf(drbdStatus(text), { isSplit: false, reach: 'none' })).toBe(none)
  expect(scoreOf(drbdStatus(text), { isSplit: false, reach: 'self' })).toBe(self)
})

test.each([
  ['only this node, on a word', ['node1'], 'accepted-x', true],
  ['only this node, by a handler', ['node1'], 'x', false],
  ['only the other node, on a word', ['node2'], 'accepted-x', false],
  ['this and another node, on a word', ['node1', 'node3'], 'accepted-x', false],
])('a constraint that allows %s', (_, allowed, call, expected) => {
  const system = fakeSystem({ '/proc/sys/kernel/hostname': 'node1\n' })
  const mark = `drbd-fence-by-handler-c0-expr-c0-drbd-clone-${call}`
  const constraint = { id: 'c', resource: 'c0', clone: 'c0-drbd-clone', allowed, mark }
  expect(isChosen(system, { constraint })).toBe(expected)
  expect(isChosen(system, { constraint: undefined })).toBe(false)
})
