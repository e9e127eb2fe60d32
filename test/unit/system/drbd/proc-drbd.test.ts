import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseProcDrbd, procDrbd } from '../../../../system/drbd/proc-drbd.ts'
import { fakeSystem } from '../../../fake/system.ts'

const { version, minors } = parseProcDrbd(
  readFileSync(new URL('../../../fixtures/drbd/recorded-8.4.11.txt', import.meta.url), 'utf8'),
)

test('the version is read', () => {
  expect(version).toEqual({ text: '8.4.11', major: 8, minor: 4 })
})

test('every minor is read', () => {
  expect([...minors.keys()]).toEqual([210, 211, 212, 213, 214, 215, 216])
})

test('a healthy minor whose peer is primary', () => {
  expect(minors.get(210)).toEqual({
    role: 'Secondary',
    disk: 'UpToDate',
    isClient: false,
    hasQuorum: true,
    suspended: undefined,
    peers: [
      {
        name: undefined,
        connection: 'Connected',
        role: 'Primary',
        disk: 'UpToDate',
        isClient: false,
        percentDone: undefined,
        outOfSyncBytes: 0,
      },
    ],
  })
})

test.each([
  [211, { disk: 'Inconsistent', peers: [{ connection: 'SyncTarget', disk: 'UpToDate', percentDone: 12.5 }] }],
  // the progress of a minor is not that of the one after it
  [212, { disk: 'Inconsistent', peers: [{ connection: 'PausedSyncT', percentDone: undefined }] }],
  [214, { role: 'Primary', suspended: 'unknown', peers: [{ connection: 'WFConnection', disk: 'DUnknown' }] }],
  [215, { role: 'Primary', suspended: undefined, peers: [{ connection: 'StandAlone', role: 'Unknown' }] }],
  // the last flag is about the activity log, not about I/O
  [216, { disk: 'Inconsistent', suspended: undefined }],
])('minor %i', (minor, parts) => {
  expect(minors.get(minor)).toMatchObject(parts)
})

test('a minor that exists, with nothing attached or connected, is unconfigured', () => {
  expect(minors.get(213)).toBe('unconfigured')
})

test('the progress of a verification is also read', () => {
  const text = `version: 8.4.11 (api:1/proto:86-101)
 0: cs:VerifyS ro:Primary/Secondary ds:UpToDate/UpToDate C r-----
    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0
\t[=>..................] verified:  8.3% (30024/32728)K
`
  expect(parseProcDrbd(text).minors.get(0)).toMatchObject({ peers: [{ connection: 'VerifyS', percentDone: 8.3 }] })
})

test.each([
  ['8.3.16', 8, 3],
  ['9.1.13', 9, 1],
  ['9.2.0-rc.8', 9, 2],
  ['10.0.1', 10, 0],
])('version %s', (text, major, minor) => {
  expect(parseProcDrbd(`version: ${text} (api:2/proto:110-121)\nTransports (api:18): tcp (${text})\n`)).toEqual({
    version: { text, major, minor },
    minors: new Map(),
  })
})

describe('an unreadable minor is neither unconfigured nor down', () => {
  const withLine = (line: string) =>
    `version: 8.4.11 (api:1/proto:86-101)\n 0: cs:Unconfigured\n${line}\n    ns:0 oos:0\n`

  test.each([
    ' 1: cs:Connected st:Primary/Secondary ds:UpToDate/UpToDate C r---',
    ' 1: cs:Connected ro:Primary/Secondary',
    ' 1: cs:Connected ro:Leader/Secondary ds:UpToDate/UpToDate C r-----',
    ' 1: cs:Connected ro:Primary/Secondary ds:TOO_LARGE/UpToDate C r-----',
    ' 1: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C',
    ' 1: cs:Unconfigured ro:Primary/Secondary',
    ' 1: ',
    ' 1:cs:Unconfigured',
  ])('%j', line => {
    expect(parseProcDrbd(withLine(line)).minors.get(1)).toEqual({
      unreadable: `/proc/drbd: unexpected line ${JSON.stringify(line.trim().slice(0, 60))}`,
    })
  })

  test('and the minors beside it are read', () => {
    expect(parseProcDrbd(withLine(' 1: ?')).minors.get(0)).toBe('unconfigured')
  })

  test('a state without its minor is that of any', () => {
    expect(() => parseProcDrbd(withLine('cs:Connected ro:Primary/Secondary'))).toThrow('/proc/drbd: unexpected line')
  })
})

test('a text without a version is refused', () => {
  expect(() => parseProcDrbd('')).toThrow('/proc/drbd: it does not contain a version')
})

test('a module that is not loaded has no state', () => {
  expect(procDrbd(fakeSystem())).toBeUndefined()
})
