import { expect, test } from 'vitest'
import { type Seen, stateOf } from '../../../../agents/lvm-volume/state.ts'
import type { State } from '../../../../ocf/state.ts'

const SUSPENDED = 'volume vhacs/c0 is suspended: an LVM command was interrupted'
const EMPTY = 'volume vhacs/c0 has no size: its activation was interrupted'

test.each<[Seen, State]>([
  ['inactive', { is: 'stopped' }],
  ['active', { is: 'started' }],
  ['suspended', { is: 'incomplete', reason: SUSPENDED }],
  ['without a table', { is: 'incomplete', reason: EMPTY }],
])('%s is %j', (seen, state) => {
  expect(stateOf(seen, { volume: 'c0', volume_group: 'vhacs' })).toEqual(state)
})
