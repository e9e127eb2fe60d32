import { expect, test } from 'vitest'
import { replicationIn } from '../../../../cli/clouds/replication/replication.ts'
import { parseDrbdReport } from '../../../../system/nodes/drbd/report.ts'
import { c0 } from '../../cloud/examples.ts'

/** DRBD 8.4.11 of Linux 6.1, in a resync of minor 1. */
const TEXT = `version: 8.4.11 (api:1/proto:86-101)
srcversion: F73C670A7EC572DB9CF3E5B
 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----
    ns:4 nr:0 dw:4 dr:1 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0
 1: cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----
    ns:76 nr:0 dw:0 dr:1 al:0 bm:0 lo:0 pe:1 ua:0 ap:0 ep:1 wo:f oos:204688
\t[=>..................] sync'ed: 12.3% (204688/233000)K
\tfinish: 0:00:33 speed: 6,008 (6,008) K/sec
10: cs:StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown   r-----
    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:12
`

/** The replication of a minor in the text of /proc/drbd. */
const replicationOf = (text: string, minor: number) =>
  replicationIn(parseDrbdReport(text, ''), { ...c0, minor, node: 'node1' })

const side = {
  connection: 'Connected',
  role: 'Primary',
  disk: 'UpToDate',
  peerDisk: 'UpToDate',
  outOfSyncBytes: 0,
  syncedPercent: null,
  suspended: null,
}
const sourceParts = {
  connection: 'SyncSource',
  peerDisk: 'Inconsistent',
  outOfSyncBytes: 204688 * 1024,
  syncedPercent: 12.3,
}
const aloneParts = { connection: 'StandAlone', role: 'Secondary', peerDisk: 'DUnknown', outOfSyncBytes: 12288 }

test.each([
  [0, side],
  [1, { ...side, ...sourceParts }],
  [10, { ...side, ...aloneParts }],
])('only minor %i is read', (minor, expected) => {
  expect(replicationOf(TEXT, minor)).toEqual(expected)
})

test.each([
  ['is not in the text', TEXT, 2, 'DRBD is down'],
  [
    'has neither disk nor connection',
    'version: 8.4.11 (api:1/proto:86-101)\n 0: cs:Unconfigured\n',
    0,
    'DRBD is not quite down: minor 0 has neither a disk nor a connection',
  ],
  ['cannot be: DRBD is not loaded, and only the marker of a split brain was printed', 'node2\n', 0, 'DRBD is down'],
  ['cannot be: DRBD has no minor', 'version: 8.4.11 (api:1/proto:86-101)\n', 0, 'DRBD is down'],
])('a minor that %s has no replication', (_, text, minor, problem) => {
  expect(replicationOf(text, minor)).toEqual({ problem })
})

test.each([
  ['cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C s-----', 'user'],
  ['cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C s-----', 'fencing'],
  ['cs:WFConnection ro:Primary/Unknown ds:Diskless/DUnknown C s-----', 'no-data'],
])('DRBD 8.4 does not report why I/O is suspended, so the likely reason is shown: %s', (state, suspended) => {
  expect(replicationOf(`version: 8.4.11 (api:1/proto:86-101)\n 0: ${state}\n`, 0)).toMatchObject({ suspended })
})
