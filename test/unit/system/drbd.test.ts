import { expect, test } from 'vitest'
import { type DrbdStatus, isConnected, isSettling, parseProcDrbd, procDrbd } from '../../../system/drbd.ts'
import { fakeSystem } from '../../fake/system.ts'

// DRBD 8.4.11, as in kernel 6.1
const RECORDED = `version: 8.4.11 (api:1/proto:86-101)
srcversion: 211FB288A383ED945B83420 
 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----
    ns:1048508 nr:0 dw:0 dr:1049464 al:8 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0
 1: cs:Unconfigured
 2: cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate C r-----
    ns:0 nr:137216 dw:135168 dr:0 al:0 bm:0 lo:2 pe:9 ua:2 ap:0 ep:1 wo:f oos:913340
\t[=>..................] sync'ed: 13.2% (913340/1048508)K
\tfinish: 0:00:33 speed: 27,032 (27,032) want: 30,720 K/sec
 3: cs:StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown   r-----
    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0
12: cs:WFConnection ro:Primary/Unknown ds:UpToDate/Outdated C r-----
    ns:0 nr:0 dw:4 dr:0 al:1 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:4
`

test('the version and the configured minors are read', () => {
  const { version, minors } = parseProcDrbd(RECORDED)
  expect(version).toBe('8.4.11')
  expect([...minors.keys()]).toEqual([0, 2, 3, 12])
  expect(minors.get(2)).toEqual({
    connection: 'SyncTarget',
    role: 'Secondary',
    peerRole: 'Primary',
    disk: 'Inconsistent',
    peerDisk: 'UpToDate',
  })
  expect(minors.get(3)).toMatchObject({ connection: 'StandAlone', peerRole: 'Unknown', peerDisk: 'DUnknown' })
})

test('a module without minors has none', () => {
  expect(parseProcDrbd('version: 8.4.11 (api:1/proto:86-101)\n').minors.size).toBe(0)
})

test('DRBD 9 shows a version only', () => {
  const text = 'version: 9.1.13 (api:2/proto:110-121)\nTransports (api:18): tcp (9.1.13)\n'
  expect(parseProcDrbd(text)).toEqual({ version: '9.1.13', minors: new Map() })
})

test('a text without a version is refused', () => {
  expect(() => parseProcDrbd('')).toThrow('/proc/drbd: no version in it')
})

test('a module that is not loaded has no state', () => {
  expect(procDrbd(fakeSystem())).toBeUndefined()
})

const status = (parts: Partial<DrbdStatus>): DrbdStatus => ({
  connection: 'Connected',
  role: 'Secondary',
  peerRole: 'Secondary',
  disk: 'UpToDate',
  peerDisk: 'UpToDate',
  ...parts,
})

test.each([
  'Connected',
  'SyncSource',
  'SyncTarget',
  'PausedSyncT',
  'VerifyS',
  'WFBitMapT',
  'Ahead',
])('%s is connected', connection => {
  expect(isConnected(status({ connection }))).toBe(true)
})

test.each([
  'StandAlone',
  'WFConnection',
  'WFReportParams',
  'Unconnected',
  'NetworkFailure',
  'Timeout',
])('%s is not connected', connection => {
  expect(isConnected(status({ connection }))).toBe(false)
})

test.each([
  [{ disk: 'Attaching' }, true],
  [{ disk: 'Negotiating' }, true],
  [{ connection: 'WFReportParams' }, true],
  [{ connection: 'WFConnection' }, false],
  [{ disk: 'Inconsistent' }, false],
])('%j settles by itself: %j', (parts, settles) => {
  expect(isSettling(status(parts))).toBe(settles)
})
