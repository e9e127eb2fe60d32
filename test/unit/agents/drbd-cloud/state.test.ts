import { expect, test } from 'vitest'
import type { Evidence } from '../../../../agents/drbd-cloud/evidence.ts'
import { type Seen, stateOf } from '../../../../agents/drbd-cloud/status.ts'
import type { State } from '../../../../ocf/state.ts'
import type { DrbdStatus } from '../../../../system/drbd/status.ts'
import { drbdStatus } from '../../../fake/nodes/drbd-status.ts'

/* What DRBD shows as ROLE/DISK CONNECTION/PEERDISK, and the state and the reason that follow. */

const parameters = { drbd_resource: 'c0', wfc_timeout: 5, portals: undefined }
const constraint = { resource: 'c0', clone: 'c0-drbd-clone', id: 'fence', allowed: ['alpha'], mark: 'fence-expr' }
const nothing: Evidence = {
  split: undefined,
  takenAddress: undefined,
  fencing: { constraint: undefined, notedSince: undefined, isOverdue: false },
  network: { reach: { by: 'all' }, loss: undefined },
  unreached: undefined,
  unready: [],
}

const fenced = { ...nothing, fencing: { constraint, notedSince: 1, isOverdue: false } }
const leftBehind = { ...nothing, fencing: { constraint, notedSince: 1, isOverdue: true } }
const taken = { ...nothing, takenAddress: '192.0.2.1:7788' }
const split = (...peers: readonly string[]): Evidence => ({ ...nothing, split: peers })

const up = (status: DrbdStatus, evidence = nothing): Seen => ({ is: 'up', status, evidence })

/** The state in a line: what it is, and what it says. */
function describeState(state: State): string {
  const { is, ...texts } = state
  return [is, ...Object.values(texts)].join(': ')
}

test.each<[Seen, string]>([
  [{ is: 'down', hasScore: false }, 'stopped'],
  [{ is: 'down', hasScore: true }, 'stopped: its promotion score'],
  [{ is: 'leftover', leftover: 'minor 0 without a disk' }, 'stopped: minor 0 without a disk'],
])('%j is %s', (seen, state) => {
  expect(describeState(stateOf(seen, parameters))).toBe(state)
})

test.each<[string, RegExp]>([
  ['Secondary/UpToDate Connected/UpToDate', /^started$/],
  ['Primary/UpToDate Connected/UpToDate', /^promoted$/],
  ['Primary/UpToDate VerifyS/UpToDate', /^promoted$/],
  ['Secondary/UpToDate WFConnection/DUnknown', /^started: no connection to the peer \(WFConnection\)$/],
  ['Primary/UpToDate WFConnection/DUnknown', /^promoted: no connection to the peer \(WFConnection\)$/],
  ['Secondary/UpToDate beta:Connecting/DUnknown', /^started: no connection to the peer beta \(Connecting\)$/],
  [
    'Secondary/UpToDate StandAlone/DUnknown',
    /^started: DRBD has dropped the peer \(StandAlone\): run "drbdadm connect c0" after a look at the kernel log; /,
  ],
  ['Primary/UpToDate SyncSource/Inconsistent', /^promoted: the peer's disk is Inconsistent \(SyncSource\)$/],
  ['Primary/UpToDate beta:Connected/Outdated', /^promoted: the peer beta's disk is Outdated \(Connected\)$/],
  ['Secondary/Inconsistent SyncTarget/UpToDate', /^started: .*Inconsistent; the peer serves the data; SyncTarget$/],
  ['Secondary/UpToDate WFBitMapT/UpToDate', /^started: WFBitMapT$/],
  ['Secondary/Outdated WFConnection/DUnknown', /^started: the local disk is Outdated; no connection to the peer /],
  [
    'Secondary/Consistent WFConnection/DUnknown',
    /^started: .* run "drbdadm primary --force c0" here, then "drbdadm secondary c0"/,
  ],
  ['Secondary/Consistent Connected/UpToDate', /^started: the local disk is Consistent; the peer serves the data$/],
  ['Primary/Diskless Connected/UpToDate', /^promoted: .* then run "drbdadm adjust c0"; the peer serves the data$/],
  ['Primary/Failed Connected/UpToDate', /^promoted: the local disk is Failed; the peer serves the data$/],
  ['Secondary/Attaching Connected/UpToDate', /^started: the local disk is Attaching; the peer serves the data$/],
  ['Secondary/Diskless WFConnection/DUnknown', /^incomplete: .* neither its disk nor its peer$/],
  ['Primary/Diskless StandAlone/DUnknown', /^incomplete: .* neither its disk nor its peer$/],
  ['Secondary/Diskless', /^incomplete: .* neither its disk nor its peer$/],
  ['Secondary/UpToDate', /^started$/],
  ['Secondary/UpToDate Connected/UpToDate Connecting/DUnknown', /^started: no connection to the peer \(Connecting\)$/],
])('%s is %s', (text, state) => {
  expect(describeState(stateOf(up(drbdStatus(text)), parameters))).toMatch(state)
})

test.each<[string, Partial<DrbdStatus>, RegExp]>([
  ['Primary/UpToDate Connected/UpToDate', { hasQuorum: false }, /^promoted: this side has no quorum$/],
  ['Secondary/Diskless Connected/UpToDate', { isClient: true }, /^started$/],
  ['Primary/UpToDate Connected/UpToDate', { suspended: 'user' }, /^promoted: I\/O is suspended by an operator: /],
  ['Primary/UpToDate Connected/UpToDate', { suspended: 'no-data' }, /^promoted: I\/O is suspended: no up-to-date data/],
  ['Primary/UpToDate Connected/UpToDate', { suspended: 'fencing' }, /^promoted: .*not known to be fenced yet/],
  ['Primary/UpToDate Connected/UpToDate', { suspended: 'quorum' }, /^promoted: I\/O is suspended: this side has no q/],
  ['Primary/UpToDate Connected/UpToDate', { suspended: 'unknown' }, /^promoted: I\/O is suspended by an operator: /],
  ['Primary/UpToDate WFConnection/DUnknown', { suspended: 'unknown' }, /^promoted: .*fenced .*; no connection to /],
  ['Primary/Outdated WFConnection/DUnknown', { suspended: 'unknown' }, /^promoted: .*no up-to-date data is reachable;/],
])('%s with %j is %s', (text, more, state) => {
  expect(describeState(stateOf(up(drbdStatus(text, more)), parameters))).toMatch(state)
})

test.each<[string, string, Evidence, RegExp]>([
  [
    'a marker of a split brain',
    'Secondary/UpToDate StandAlone/DUnknown',
    split(),
    /^started: split brain \(StandAlone\): decide /,
  ],
  ['a marker, connected', 'Secondary/UpToDate Connected/UpToDate', split(), /^started$/],
  ['a marker, no connection', 'Primary/UpToDate', split(), /^promoted: split brain \(no connection\): /],
  [
    'a marker for the peer',
    'Primary/UpToDate beta:Connecting/DUnknown',
    split('beta'),
    /^promoted: split brain \(Connecting\): /,
  ],
  ['a marker for another', 'Primary/UpToDate beta:Connecting/DUnknown', split('gamma'), /^promoted: no connection to/],
  [
    'an address in use',
    'Secondary/UpToDate StandAlone/DUnknown',
    taken,
    /^started: .* stop the program that listens on 192/,
  ],
  ['a constraint', 'Secondary/UpToDate Connected/UpToDate', fenced, /^started$/],
  ['a constraint', 'Primary/UpToDate WFConnection/Outdated', fenced, /^promoted: .*; Pacemaker .* on alpha only, /],
  [
    'an old constraint',
    'Primary/UpToDate Connected/UpToDate',
    leftBehind,
    /^promoted: a constraint of DRBD's handler was left behind: /,
  ],
])('with %s, %s', (_, text, evidence, state) => {
  expect(describeState(stateOf(up(drbdStatus(text), evidence), parameters))).toMatch(state)
})

test('the progress of a resync is in the reason', () => {
  const { peers, ...local } = drbdStatus('Primary/UpToDate SyncSource/Inconsistent')
  const status = { ...local, peers: peers.map(peer => ({ ...peer, percentDone: 12.5 })) }
  expect(stateOf(up(status), parameters)).toEqual({
    is: 'promoted',
    degraded: "the peer's disk is Inconsistent (SyncSource, 12.5 % done)",
  })
})

test('an intentionally diskless peer is not a fault', () => {
  const { peers, ...local } = drbdStatus('Primary/UpToDate Connected/Diskless')
  const status = { ...local, peers: peers.map(peer => ({ ...peer, isClient: true })) }
  expect(stateOf(up(status), parameters)).toEqual({ is: 'promoted' })
})
