import { expect, test } from 'vitest'
import { type Seen, stateOf } from '../../../../agents/ext3-filesystem/state.ts'
import type { Mount } from '../../../../system/proc/mountinfo.ts'

const parameters = { device: '/dev/sda', directory: '/mnt/c0' }
const orphan = { pid: 77, name: 'mount', parent: 1, group: 1, startTime: '1', state: 'D', threads: 1 }

const ours: Mount = {
  ...{ id: 30, parent: 1, device: '8:0', root: '/', mountPoint: '/mnt/c0' },
  ...{ fileSystem: 'ext3', source: '/dev/sda', options: ['rw'], superOptions: ['rw'] },
}
const other: Mount = { ...ours, id: 31, device: '8:16', source: '/dev/sdb' }
const system: Mount = { ...ours, mountPoint: '/' }
const broken: Mount = { ...ours, superOptions: ['ro', 'errors=remount-ro'] }
const readOnly: Mount = { ...ours, options: ['ro'] }

const idle: Seen['mount'] = {
  ...{ number: '8:0', name: 'sda', ours: undefined, top: undefined, elsewhere: [], systemMount: undefined },
  isInUse: false,
}
const mounted = (mount: Mount) => ({ ...idle, ours: mount, top: mount, isInUse: true })

test.each<[string, string, Partial<Seen>, (readonly string[])?]>([
  ['nothing', 'stopped', {}],
  ['another file system', 'stopped /dev/sdb is mounted on /mnt/c0', { mount: { ...idle, top: other } }],
  ["the node's own", 'stopped own file system, mounted on /', { mount: { ...idle, systemMount: system } }],
  ['a mount elsewhere', 'incomplete not mounted on /mnt/c0, but on', { mount: { ...idle, elsewhere: [other] } }],
  ['a hidden user', 'incomplete its file system is still in use', { mount: { ...idle, isInUse: true } }],
  ['a tool at work', 'incomplete mount (pid 77) of an earlier start', { orphan }],
  ['a mount', 'started', { mount: mounted(ours) }],
  ['a mount and a tool', 'started', { mount: mounted(ours), orphan }],
  ['a mount without a device', 'incomplete is gone', { mount: { ...mounted(ours), number: undefined } }],
  ['a mount of another disk', 'incomplete is gone', { mount: { ...mounted(ours), number: '8:32' } }],
  ['a hidden mount', 'incomplete hidden by /dev/sdb', { mount: { ...mounted(ours), top: other } }],
  ['errors', 'incomplete the kernel found errors', { mount: mounted(ours), errors: 3 }],
  ['errors that are accepted', 'started found 3 errors', { mount: mounted(ours), errors: 3 }, ['errors=continue']],
  ['a mount after an error', 'incomplete is read-only, probably', { mount: mounted(broken) }],
  ['a read-only mount', 'incomplete is read-only, probably', { mount: mounted(readOnly) }],
  ['a read-only mount as configured', 'started', { mount: mounted(readOnly) }, ['ro']],
])('the state of %s is %s', (_, expected, more, options = []) => {
  const [is, ...text] = expected.split(' ')
  const state = stateOf({ mount: idle, orphan: undefined, errors: 0, ...more }, { ...parameters, options })
  expect(state.is).toBe(is)
  if (text.length > 0) expect(JSON.stringify(state)).toContain(text.join(' '))
  else expect(state).toEqual({ is })
})
