import { expect, test } from 'vitest'
import { parseHours } from '../../../../cloud/history/log-hours.ts'
import { parsePacemakerLog, timeOfLine } from '../../../../cloud/history/pacemaker-log.ts'

const HOUR = Date.parse('2026-11-29T15:00:00Z')
const hours = new Map([['Nov 29 16', HOUR]])

/** The facts in a line with this message. */
function factsIn(message: string, prefix = 'node2 pacemaker-controld  [309] (function_name) \tnotice: ') {
  const events = parsePacemakerLog(`Nov 29 16:17:34.854 ${prefix}${message}`, { node: 'node2', hours })
  return events.map(({ fact }) => fact)
}

test.each([
  [
    'Initiating stop operation c0-address_stop_0 on node1 | action 50',
    { kind: 'begun', action: 'stop', resource: 'c0-address', node: 'node1' },
  ],
  [
    'Initiating start operation c0-drbd:1_start_0 locally on node2 | action 20',
    { kind: 'begun', action: 'start', resource: 'c0-drbd', node: 'node2' },
  ],
  [
    'Transition 10 action 18 (c0-drbd_promote_0 on node1) confirmed: ok | rc=0 call-id=38',
    { ...done('promote', 'c0-drbd', 'node1'), call: '38', isOk: true, isOfCoordinator: true },
  ],
  [
    'Transition 10 action 18 (c0-drbd_promote_0 on node1): arrived late | rc=0 target-rc=0 call-id=38',
    { ...done('promote', 'c0-drbd', 'node1'), call: '38', isOk: true, isOfCoordinator: true, isLate: true },
  ],
  [
    "Transition 10 action 44 (c0-target_start_0 on node1): expected 'ok' but got 'error' | target-rc=0 rc=1 call-id=41",
    { ...done('start', 'c0-target', 'node1'), call: '41', isOk: false, isOfCoordinator: true },
  ],
  [
    "Transition 15 action 50 (c0-session_monitor_22365 on node1): expected 'ok' but got 'error' | target-rc=0 rc=1 call-id=57",
    { kind: 'monitorFailed', resource: 'c0-session', node: 'node1' },
  ],
  [
    "Transition 0 action 5 (c0-drbd_monitor_0 on node1): expected 'not running' but got 'promoted' | target-rc=7 rc=8 call-id=9",
    { kind: 'found', resource: 'c0-drbd', node: 'node1', isPromoted: true },
  ],
  [
    "Transition 0 action 5 (c0-drbd_monitor_0 on node1): expected 'Not running' but got 'Promoted' | target-rc=7 rc=8 call-id=9",
    { kind: 'found', resource: 'c0-drbd', node: 'node1', isPromoted: true },
  ],
  [
    "Transition 0 action 5 (c0-target_monitor_0 on node1): expected 'not running' but got 'ok' | target-rc=7 rc=0 call-id=9",
    { kind: 'found', resource: 'c0-target', node: 'node1', isPromoted: false },
  ],
  [
    'Result of start operation for c0-target on node1: ok | CIB update 43, graph action confirmed; call=41 key=c0-target_start_0 rc=0',
    { ...done('start', 'c0-target', 'node1'), call: '41', isOk: true, isOfCoordinator: false },
  ],
  [
    'Result of start operation for c0-target on node1: 0 (ok) | call=41 key=c0-target_start_0 confirmed=true cib-update=43',
    { ...done('start', 'c0-target', 'node1'), call: '41', isOk: true, isOfCoordinator: false },
  ],
  [
    'Result of stop operation for c0-target on node1: Timed Out after 20s (Resource agent did not complete within 20s) | CIB update 43, graph action unconfirmed; call=41 key=c0-target_stop_0',
    { ...done('stop', 'c0-target', 'node1'), call: '41', isOk: false, isOfCoordinator: false },
  ],
  ['Node node1 state is now lost | nodeid=1 previous=member source=update_peer_state', { kind: 'lost', node: 'node1' }],
  ['Node node1 state is now member | nodeid=1 previous=lost source=x', { kind: 'member', node: 'node1' }],
  ['Requesting fencing (reboot) of node node1 | action=1 timeout=60000', { kind: 'fencingRequested', node: 'node1' }],
  [
    'Requesting fencing (reboot) targeting node node1 | action=1 timeout=60',
    { kind: 'fencingRequested', node: 'node1' },
  ],
  [
    'Peer node1 was terminated (reboot) by node2 on behalf of pacemaker-controld.309@node2: OK | event=2f',
    { kind: 'fenced', node: 'node1', by: 'node2' },
  ],
  [
    'Peer node1 was not terminated (off) by <anyone> on behalf of pacemaker-controld.309@node2: No such device | event=2f',
    { kind: 'fencingFailed', node: 'node1', by: '<anyone>' },
  ],
  [
    'Transition 37 aborted by nodes-2-standby doing create standby=on: Configuration change | cib=0.25.0',
    { kind: 'cause', reason: 'standby' },
  ],
  [
    "Transition 7 aborted by rsc_location.c0-rehearsal-location 'create': Configuration change | cib=0.25.0",
    { kind: 'cause', reason: 'rehearsal', cloud: 'c0' },
  ],
  [
    "Transition 7 aborted by deletion of rsc_location[@id='c0-rehearsal-location']: Configuration change | cib=0.25.0",
    { kind: 'cause', reason: 'rehearsal', cloud: 'c0' },
  ],
  [
    'Transition 7 aborted by c0-rehearsal-location-node doing modify value=node1: Configuration change | cib=0.25.0',
    { kind: 'cause', reason: 'rehearsal', cloud: 'c0' },
  ],
  [
    "Transition 7 aborted by rsc_location.cli-ban-c0-export-on-node1 'create': Configuration change | cib=0.25.0",
    { kind: 'cause', reason: 'constraint' },
  ],
  [
    'Transition 7 aborted by status-1-shutdown doing create shutdown=1795970021: Transient attribute change | cib=0.25.0',
    { kind: 'cause', reason: 'shutdown' },
  ],
] as const)('%s', (message, fact) => {
  expect(factsIn(message)).toEqual([fact])
})

function done(action: string, resource: string, node: string) {
  return { kind: 'done', action, resource, node }
}

test.each([
  'Initiating monitor operation c0-lvm_monitor_20001 on node1 | action 3',
  'Transition 10 action 18 (c0-drbd_notify_0 on node1) confirmed: ok | rc=0 call-id=38',
  "Transition 10 action 18 (c0-lvm_monitor_0 on node1): expected 'not running' but got 'error' | target-rc=7 rc=1 call-id=5",
  'Transition 28 action 14 (c0-drbd_monitor_9001 on node2): arrived after initial scheduling | rc=8 target-rc=8 call-id=64',
  'Result of monitor operation for c0-session on node2: Cancelled | graph action confirmed; call=70',
  "Transition 37 aborted by deletion of nvpair[@id='nodes-2-standby']: Configuration change | cib=0.24.12",
  'Transition 7 aborted by nodes-2-standby doing modify standby=off: Configuration change | cib=0.25.0',
])('says nothing of a failover: %s', message => {
  expect(factsIn(message)).toEqual([])
})

test('only the controller is read: other daemons repeat it', () => {
  const message = 'Node node1 state is now lost | nodeid=1'
  expect(factsIn(message, 'node2 pacemaker-attrd     [307] (f) \tnotice: ')).toEqual([])
  expect(factsIn(message, 'node2 pacemaker-controld[309]: notice: ')).toEqual([])
  expect(factsIn(message, 'node2 pacemaker-controld  [309] notice: ')).toHaveLength(1)
})

test('the time of a line is that of its hour, which its node has converted, and its minutes', () => {
  expect(timeOfLine('Nov 29 16:17:34.854 x', hours)).toBe(HOUR + (17 * 60 + 34) * 1000 + 854)
  expect(timeOfLine('Nov 29 16:17:34 x', hours)).toBe(HOUR + (17 * 60 + 34) * 1000)
  expect(timeOfLine('Nov 29 17:17:34 x', hours)).toBeUndefined()
  expect(timeOfLine('Nov 2', hours)).toBeUndefined()
})

test('an hour that would be in the future was a year ago', () => {
  const now = Date.parse('2027-01-02T00:00:00Z')
  const [past, future] = [Date.parse('2027-01-01T16:00:00Z'), Date.parse('2027-12-31T16:00:00Z')]
  const text = `Jan 01 16 ${past / 1000}\nDec 31 16 ${future / 1000}\nDec 31 1x 5\n\n`
  expect([...parseHours(text, now)]).toEqual([
    ['Jan 01 16', past],
    ['Dec 31 16', Date.parse('2026-12-31T16:00:00Z')],
  ])
})
