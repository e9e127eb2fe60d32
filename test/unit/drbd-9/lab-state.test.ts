import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parseDrbdStatus } from '../../../system/drbd/drbdsetup-status.ts'
import { parseProcDrbd, statusOfMinors } from '../../../system/drbd/proc-drbd.ts'

/* test/lab/guest/drbd-state, by which the scenarios read DRBD's state on a node, whichever version it runs. */

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const NINE = file('fixtures/drbd/9.3.3')
const shown = (...copies: readonly string[]) =>
  execFileSync(file('lab/guest/drbd-state'), ['--of', ...copies], { encoding: 'utf8' })
const ofNine = (state: string) => shown(`${NINE}/proc-drbd.txt`, `${NINE}/${state}.json`)
/** The lines that begin with a minor. */
const minorsIn = (text: string) => text.split('\n').filter(line => /^ *\d+: /.test(line))

test('of DRBD 8.4 it is /proc/drbd', () => {
  const text = shown(file('fixtures/drbd/recorded-8.4.11.txt'))
  expect(minorsIn(text)[0]).toBe('210: cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----')
  expect(parseProcDrbd(text).version.text).toBe('8.4.11')
})

test.each([
  ['uptodate-primary.node1', ['200: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----']],
  ['peer-down-primary.node2', ['200: cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C r-----']],
  ['synctarget.node2', ['200: cs:SyncTarget ro:Secondary/Secondary ds:Inconsistent/UpToDate C r-----']],
  ['split-brain.node1', ['200: cs:StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown   r-----']],
  ['suspended-fencing.node1', ['200: cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C s-----']],
  ['resource-and-minor-only.node1', ['205: cs:Unconfigured']],
  [
    'two-volumes-second-diskless.node1',
    [
      '201: cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate C r-----',
      '202: cs:Connected ro:Secondary/Secondary ds:Diskless/UpToDate C r-----',
    ],
  ],
])('of DRBD 9, %s is in the words of 8.4', (state, lines) => {
  expect(minorsIn(ofNine(state))).toEqual(lines)
})

describe('what the product reads in it is what it reads in the report of DRBD 9:', () => {
  const states = readdirSync(NINE).flatMap(name => (name.endsWith('.json') ? [name.slice(0, -5)] : []))

  test.each(states)('%s', state => {
    const json = readFileSync(`${NINE}/${state}.json`, 'utf8')
    const expected = parseDrbdStatus(json, /"name": "([\w-]+)"/.exec(json)?.[1] ?? '')
    const proc = parseProcDrbd(ofNine(state))
    const found = statusOfMinors(proc, [...proc.minors.keys()])
    // DRBD 8.4 shows neither what a minor without disk and connection is, nor names, nor why I/O is suspended
    if ('leftover' in found) {
      expect(expected).toMatchObject({ disk: 'Diskless', role: 'Secondary' })
      return
    }
    if (expected === undefined || !('peers' in expected) || !('peers' in found)) throw new Error(`${state} is not up`)
    const [peer] = expected.peers
    expect(found).toMatchObject({ minor: expected.minor, role: expected.role, disk: expected.disk })
    expect(found.suspended === undefined).toBe(expected.suspended === undefined)
    expect(found.peers).toMatchObject([
      {
        connection: peer?.connection === 'Connecting' ? 'WFConnection' : peer?.connection,
        role: peer?.role,
        disk: peer?.disk,
        outOfSyncBytes: peer?.outOfSyncBytes,
        percentDone: peer?.percentDone,
      },
    ])
  })
})

test('a node on which nothing is up has no minors', () => {
  expect(minorsIn(shown(`${NINE}/proc-drbd.txt`, '/dev/null'))).toEqual([])
})
