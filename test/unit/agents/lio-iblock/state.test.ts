import { expect, test } from 'vitest'
import { stateOf } from '../../../../agents/lio-iblock/state.ts'

const nothing = { hasTpg: false, hasBackstore: false, hasRemains: false, faults: [], degradations: [] }
const whole = { ...nothing, hasTpg: true, hasBackstore: true }

test.each([
  ['nothing', nothing, { is: 'stopped' }],
  ['an empty target', { ...nothing, hasRemains: true }, { is: 'stopped', leftover: 'an empty target or HBA' }],
  ['a backstore alone', { ...nothing, hasBackstore: true, faults: ['a', 'b'] }, { is: 'incomplete', reason: 'a, b' }],
  ['all of it', whole, { is: 'started' }],
  ['all of it and more', { ...whole, degradations: ['a', 'b'] }, { is: 'started', degraded: 'a, b' }],
  ['a fault, whatever else', { ...whole, faults: ['a'], degradations: ['b'] }, { is: 'incomplete', reason: 'a' }],
  ['LIO without configfs', 'hidden', { is: 'incomplete', reason: expect.stringContaining('run mount -t configfs') }],
] as const)('the state when there is %s', (_, seen, state) => expect(stateOf(seen)).toEqual(state))
