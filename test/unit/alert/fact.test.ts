import { expect, test } from 'vitest'
import { type Environment, eventIn } from '../../../alert/event.ts'
import { factOf, lineOf, withReason } from '../../../alert/fact.ts'
import { ATTRIBUTE, fencingEvent, nodeEvent, resourceEvent } from './environments.ts'

/** web0 is a vserver on c0. */
const vserverPartOf = (resource: string) =>
  resource === 'web0-container' ? { vserver: 'web0', cloud: 'c0', part: 'the container' } : undefined

function factIn(environment: Environment) {
  const event = eventIn(environment)
  return event && factOf(event, vserverPartOf)
}

test.each<[string, Environment, string]>([
  [
    'lost',
    nodeEvent('node2', 'lost'),
    'node node2 is lost; run "vhacs cluster --monitor1" to see what has moved, and find out why it is down',
  ],
  ['recovered', nodeEvent('node2', 'member'), 'node node2 is back; run "vhacs cluster --check"'],
  [
    'fenced',
    fencingEvent('node2', 0),
    'node node2 was fenced: Operation reboot of node2 by node1 for pacemaker-controld.1234@node1: OK (ref=5f6b); ' +
      'run "vhacs cluster --history" to see why, and start the node if it is off',
  ],
  [
    'fencing-failed',
    fencingEvent('node2', -19),
    'node node2 could not be fenced: Operation reboot of node2 by node1 for pacemaker-controld.1234@node1: No such device (ref=5f6b); ' +
      'check the fencing device with "vhacs cluster --check"; if the node is surely off, run "stonith_admin --confirm node2"',
  ],
  [
    'degraded',
    resourceEvent('c0-drbd:1', { code: 190, description: 'degraded' }),
    'storage c0: DRBD is degraded on node1; run "vhacs storage --info c0"',
  ],
  [
    'degraded',
    resourceEvent('c0-drbd', { code: 191, wanted: 8, description: 'promoted (degraded)' }),
    'storage c0: DRBD is degraded on node1; run "vhacs storage --info c0"',
  ],
  [
    'recovered',
    resourceEvent('c0-drbd', { code: 8, wanted: 8 }),
    'storage c0: DRBD has recovered on node1; nothing needs to be done',
  ],
  [
    'failed',
    resourceEvent('my-cloud-filesystem', { code: 7, description: 'not running' }),
    'storage my-cloud: monitor of the file system failed on node1: not running; run "vhacs storage --info my-cloud"',
  ],
  [
    'failed',
    resourceEvent('c0-target', { task: 'stop', interval: 0, code: 1, status: 2, description: 'Timed Out' }),
    'storage c0: stop of the target failed on node1: Timed Out; run "vhacs storage --info c0"',
  ],
  [
    'failed',
    resourceEvent('webserver', { task: 'start', interval: 0, code: 1, description: 'error' }),
    'start of webserver failed on node1: error; run "crm_mon -1 -r", then "crm_resource --cleanup --resource webserver" when it is repaired',
  ],
  [
    'failed',
    resourceEvent('c0-lvm', { interval: 0, code: 5, wanted: 7, status: 0, description: 'not installed' }),
    'storage c0: monitor of the volume failed on node1: not installed; run "vhacs storage --info c0"',
  ],
  [
    'failed',
    resourceEvent('web0-container', { task: 'start', interval: 0, code: 1, description: 'error' }),
    'vserver web0 on storage c0: start of the container failed on node1: error; run "vhacs vserver --info web0"',
  ],
  [
    'degraded',
    resourceEvent('web0-container', { code: 190 }),
    'vserver web0 on storage c0: the container is degraded on node1; run "vhacs vserver --info web0"',
  ],
  [
    'recovered',
    resourceEvent('web0-container', { code: 0 }),
    'vserver web0 on storage c0: the container has recovered on node1; nothing needs to be done',
  ],
  [
    'failed',
    resourceEvent('my-container', { code: 7, description: 'not running' }),
    'monitor of my-container failed on node1: not running; run "crm_mon -1 -r", then "crm_resource --cleanup --resource my-container" when it is repaired',
  ],
])('%s', (what, environment, line) => {
  const fact = factIn(environment)
  expect(fact?.what).toBe(what)
  expect(fact && lineOf(fact)).toBe(line)
})

test.each<[string, Environment]>([
  ['the change of an attribute', ATTRIBUTE],
  ['a start that succeeded', resourceEvent('c0-target', { task: 'start', interval: 0, code: 0 })],
  ['a stop that succeeded', resourceEvent('c0-target', { task: 'stop', interval: 0, code: 0 })],
  ['a probe that found it running', resourceEvent('c0-target', { interval: 0, code: 0, wanted: 7 })],
  ['a probe that found it stopped', resourceEvent('c0-target', { interval: 0, code: 7, wanted: 7 })],
  ['a cancelled action', resourceEvent('c0-target', { code: 0, status: 1 })],
  ['a node whose state is not known', nodeEvent('node2', '')],
  ['no node', nodeEvent('', 'lost')],
  ['an unknown kind', { CRM_alert_kind: 'future', CRM_alert_node: 'node2' }],
  ['nothing', {}],
])('%s is not reported', (_, environment) => {
  expect(factIn(environment)).toBeUndefined()
})

test('a split brain is told from its reason, and says what to choose', () => {
  const fact = factIn(resourceEvent('c0-drbd', { code: 190 }))
  const split = fact && withReason(fact, 'split brain (StandAlone): vhacs storage --unfail c0 --discard NODE')
  expect(split?.what).toBe('split-brain')
  expect(split && lineOf(split)).toBe(
    'storage c0: DRBD has a split brain on node1: split brain (StandAlone): vhacs storage --unfail c0 --discard NODE; ' +
      'choose the node whose changes are discarded, then run "vhacs storage --unfail c0 --discard NODE"',
  )
})

test('a container that prints the words of a split brain has none', () => {
  const fact = factIn(resourceEvent('web0-container', { task: 'start', interval: 0, code: 1 }))
  expect(fact && withReason(fact, 'it exited with 1: split brain (StandAlone)').what).toBe('failed')
})

test.each([
  ['new lines', 'a\nb\r\nTo: evil@example.com\n\nbody'],
  ['control characters', '\u001b[31m\u0007\u0000x'],
  ['what turns the text', '\u202egnp.exe'],
  ['a great length', 'x'.repeat(100_000)],
])('%s in any variable stay in one line of bounded length', (_, value) => {
  for (const base of [nodeEvent('node2', 'lost'), fencingEvent('node2', 1), resourceEvent('c0-drbd', { code: 1 })])
    for (const name of Object.keys(base)) {
      if (name === 'CRM_alert_kind') continue
      const fact = factIn({ ...base, [name]: value })
      if (fact === undefined) continue
      const line = lineOf(withReason(fact, fact.reason))
      expect(line).not.toMatch(/[\p{Cc}\u202e]/u)
      expect(line.length).toBeLessThan(1500)
    }
})
