import { expect, test } from 'vitest'
import { parseSessionLog, parseSessions } from '../../../../cloud/history/session-log.ts'
import { recorded } from './recorded.ts'

const none: Parameters<typeof parseSessionLog>[1] = { node: 'node2', sessions: new Map() }
const iqn = 'iqn.2026-01.org.vhacs:vhacs:takeover'

function kinds(text: string, context = none) {
  return parseSessionLog(text, context).map(({ fact }) => fact.kind)
}

test('of a recorded journal: when the target was silent, the connection lost, and the session back', () => {
  const events = parseSessionLog(recorded('journal-moves-node2.txt'), none)
  const [answer, lost, back] = events
  expect(events.map(({ fact }) => fact)).toEqual(
    ['lastAnswer', 'connectionLost', 'sessionBack'].map(kind => ({ kind, iqn, node: 'node2' })),
  )
  expect((lost?.at ?? 0) - (answer?.at ?? 0)).toBe(15_445)
  expect((back?.at ?? 0) - (lost?.at ?? 0)).toBe(4424)
})

const RECOVERED = '1795969916.015979 node2 iscsid[766]: connection2:0 is operational after recovery (1 attempts)'

test('without the login in the journal, the target is that of the session now', () => {
  expect(kinds(RECOVERED)).toEqual([])
  expect(kinds(RECOVERED, { ...none, sessions: parseSessions(`session2 ${iqn}`) })).toEqual(['sessionBack'])
})

test('the sessions of a node are read by number', () => {
  expect([...parseSessions(`session2 ${iqn}\nsession3 a b\nsessionx ${iqn}\n\n`)]).toEqual([['2', iqn]])
})

test.each([
  ['250', 4000, 16_000],
  ['1000', 16_000, 16_000],
  ['100', 1600, 16_000],
])('a kernel with %s ticks in a second', (_, ticks, milliseconds) => {
  const text = `1795969911.000000 n kernel:  connection2:0: ping timeout of 10 secs expired, recv timeout 5, last rx 4295176900, last ping 1, now ${4_295_176_900 + ticks}`
  const [event] = parseSessionLog(text, { ...none, sessions: new Map([['2', iqn]]) })
  expect(event?.at).toBe(1_795_969_911_000 - milliseconds)
})

test.each(['99999999999999999999', '1'])('a kernel whose counter is wrong says nothing: %s', now => {
  const text = `1795969911.000000 n kernel: connection2:0: ping timeout of 10 secs expired, recv timeout 5, last rx 5, last ping 1, now ${now}`
  expect(kinds(text, { ...none, sessions: new Map([['2', iqn]]) })).toEqual([])
})
