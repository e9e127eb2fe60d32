import { expect, test } from 'vitest'
import type { Seen } from '../../../../agents/nspawn-container/inspect.ts'
import { stateOf } from '../../../../agents/nspawn-container/state.ts'
import type { Container } from '../../../../system/nspawn/containers.ts'

const parameters = { machine: 'c0', directory: '/mnt/c0/root' }
const process = { pid: 77, name: 'systemd-nspawn', parent: 1, group: 1, startTime: '1', state: 'S', threads: 1 }
const ours: Container = {
  ...{ machine: 'c0', unit: 'vhacs-nspawn-c0.service', isFrozen: false },
  ...{ supervisor: process, init: { ...process, pid: 78, name: 'systemd', parent: 77 } },
}
const nothing: Seen = {
  ...{ container: undefined, otherDirectory: undefined, transition: undefined },
  ...{ ended: undefined, leftovers: [], isDying: false },
}
const running = (more: Partial<Container> = {}) => ({ container: { ...ours, ...more } })

test.each<[string, string, Partial<Seen>]>([
  ['nothing', 'stopped', {}],
  ['a container', 'started', running()],
  ['one without an init', 'started interrupted it is being started, or ends', running({ init: undefined })],
  ['one without its supervisor', 'incomplete processes of the container are left', running({ supervisor: undefined })],
  ['a frozen one', 'started degraded systemctl thaw vhacs-nspawn-c0.service', running({ isFrozen: true })],
  ['one of another unit', 'started degraded by hand, in machine-c0.scope', running({ unit: 'machine-c0.scope' })],
  ['one of another tree', 'incomplete runs from /old, not from', { ...running(), otherDirectory: '/old' }],
  ['a unit that starts', 'started interrupted being started again', { transition: 'starting' }],
  ['a unit that ends', 'started interrupted c0 is ending', { transition: 'ending' }],
  ['a unit and no systemd', 'incomplete systemd does not tell', { transition: 'unknown' }],
  ['a failed unit', 'stopped exited with 1', { ended: 'it exited with 1', leftovers: ['the unit'] }],
  ['what is left', 'stopped the unit, a mount', { leftovers: ['the unit', 'a mount'] }],
  ['killed processes', 'stopped not released', { ...running(), isDying: true }],
])('the state of %s is %s', (_, expected, more) => {
  const [is = '', ...text] = expected.split(' ')
  const state = stateOf({ ...nothing, ...more }, parameters)
  expect(state.is).toBe(is)
  const [kind] = text
  if (kind === 'interrupted' || kind === 'degraded') expect(Object.keys(state)).toEqual(['is', text.shift()])
  if (text.length === 0) expect(state).toEqual({ is })
  else expect(JSON.stringify(state)).toContain(text.join(' '))
})
