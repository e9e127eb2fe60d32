import { describe, expect, test } from 'vitest'
import { requestsInFlight } from '../../../../system/drbd/drbdsetup-status.ts'
import { inFlightIn } from '../../../../system/drbd/proc-drbd.ts'
import { areSame, parseGenerations } from '../../../../system/nodes/snapshots/generations.ts'

// drbd-utils 9.22 with the module 8.4.11, Debian 12
const PRIMARY = '60AB8728579E7F29:0000000000000000:416785ABC65833FC:416685ABC65833FC:1:1:1:1:0:0:0\n'
const SECONDARY = '60AB8728579E7F28:0000000000000000:416785ABC65833FC:416685ABC65833FC:1:1:0:1:0:0:1\n'

describe('the generations of two sides', () => {
  const same = (one: string, other: string) => areSame(parseGenerations(one), parseGenerations(other))

  test('are the same whichever was primary', () => expect(same(PRIMARY, SECONDARY)).toBe(true))

  test.each([
    ['another current one', SECONDARY.replace('60AB8728579E7F28', '60AB8728579E7F2A')],
    ['blocks that the peer does not have', SECONDARY.replace('0000000000000000', '0000000000000004')],
    ['data that were not up to date', SECONDARY.replace(':1:1:0', ':1:0:0')],
    ['data that are not consistent', SECONDARY.replace(':1:1:0', ':0:1:0')],
  ])('differ with %s', (_, other) => expect(same(PRIMARY, other)).toBe(false))

  test.each(['', 'No valid meta data found', `x${PRIMARY}`])('are not read from %j', text => {
    expect(() => parseGenerations(text)).toThrow(RangeError)
  })
})

describe('requests under way', () => {
  const proc = (counts: string) =>
    `version: 8.4.11 (api:1/proto:86-101)\n 3: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 ${counts} ep:1 wo:f oos:0\n 4: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n    ns:0 nr:9822 dw:9822 dr:0 al:0 bm:0 lo:9 pe:0 ua:0 ap:0 ep:1 wo:f oos:0\n`

  test('are counted in /proc/drbd', () => {
    expect(inFlightIn(proc('lo:1 pe:2 ua:3 ap:4'), 3)).toBe(10)
    expect(inFlightIn(proc('lo:0 pe:0 ua:0 ap:0'), 3)).toBe(0)
    expect(inFlightIn(proc('lo:0'), 3)).toBeUndefined()
    expect(inFlightIn(proc('lo:0 pe:0 ua:0 ap:0'), 5)).toBeUndefined()
  })

  test('are counted in the status of DRBD 9', () => {
    const status = (pending: unknown) =>
      JSON.stringify([
        {
          name: 'c0',
          devices: [{ 'upper-pending': 1, 'lower-pending': 2 }],
          connections: [{ peer_devices: [{ pending, unacked: 3 }] }],
        },
      ])
    expect(requestsInFlight(status(4), 'c0')).toBe(10)
    expect(requestsInFlight(status(undefined), 'c0')).toBeUndefined()
    expect(requestsInFlight(status(4), 'c1')).toBeUndefined()
  })
})
