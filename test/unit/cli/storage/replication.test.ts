import { expect, test } from 'vitest'
import { parseReplication } from '../../../../cli/clouds/replication.ts'

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

const side = {
  connection: 'Connected',
  role: 'Primary',
  disk: 'UpToDate',
  peerDisk: 'UpToDate',
  outOfSyncBytes: 0,
  syncedPercent: null,
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
  expect(parseReplication(TEXT, minor)).toEqual(expected)
})

test.each([
  ['is not in the text', TEXT, 2],
  ['is not up', 'version: 8.4.11 (api:1/proto:86-101)\n 0: cs:Unconfigured\n', 0],
  ['cannot be: DRBD is not loaded, and only the marker of a split brain was printed', 'node2\n', 0],
  ['cannot be: DRBD has no minor', 'version: 8.4.11 (api:1/proto:86-101)\n', 0],
])('a minor that %s has no replication', (_, text, minor) => {
  expect(parseReplication(text, minor)).toBeUndefined()
})
