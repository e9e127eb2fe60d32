import { describe, expect, test } from 'vitest'
import { nodeState } from '../../../../cloud/cib/read/node-state.ts'
import { child, type Element, element } from '../../../../cloud/xml.ts'
import { mayBePromoted } from '../../../../handlers/cluster/history.ts'
import { standingOf } from '../../../../handlers/cluster/standing.ts'
import { history } from '../../../fake/handlers/handler-node.ts'
import { samples } from './node-state-samples.ts'

function cibWith(state: Readonly<Record<string, string>>, children: readonly Element[]): Element {
  const node = element('node_state', { id: '2', uname: 'node2', ...state }, children)
  return element('cib', {}, [element('configuration', {}), element('status', {}, [node])])
}

describe('the standing of a node', () => {
  test.each(samples)('$what: $standing', ({ state, hasHistory, standing }) => {
    const cib = cibWith(state, hasHistory ? [element('lrm', { id: '2' })] : [])
    expect(standingOf(nodeState(child(cib, 'status'), 'node2'), { isFencing: true })).toBe(standing)
  })

  test.each(samples)('$what: never fenced where fencing is disabled', ({ state, hasHistory, standing }) => {
    const cib = cibWith(state, hasHistory ? [element('lrm', { id: '2' })] : [])
    expect(standingOf(nodeState(child(cib, 'status'), 'node2'), { isFencing: false })).toBe(
      standing === 'fenced' ? 'left' : standing,
    )
  })

  test('a node without a state in the CIB is unseen', () => {
    const cib = cibWith({ in_ccm: '0', crmd: '0', join: 'down', expected: 'down' }, [])
    expect(standingOf(nodeState(child(cib, 'status'), 'node3'), { isFencing: true })).toBe('unseen')
  })
})

describe('whether a resource may be promoted there', () => {
  const start = { operation: 'start' }
  const promote = { operation: 'promote' }
  const demote = { operation: 'demote' }
  const stop = { operation: 'stop' }
  const monitor = (code: string) => ({ operation: 'monitor', 'rc-code': code })
  test.each([
    { what: 'nothing', operations: [], expected: false },
    { what: 'started', operations: [start], expected: false },
    { what: 'promoted', operations: [start, promote], expected: true },
    { what: 'promoted, and monitored as such', operations: [start, promote, monitor('8')], expected: true },
    { what: 'promoted and degraded', operations: [start, monitor('191')], expected: true },
    { what: 'failed while promoted', operations: [start, monitor('9')], expected: true },
    { what: 'found promoted by a probe', operations: [monitor('8')], expected: true },
    { what: 'found stopped by a probe', operations: [monitor('7')], expected: false },
    { what: 'demoted', operations: [start, promote, monitor('8'), demote], expected: false },
    { what: 'demoted, and monitored since', operations: [start, promote, demote, monitor('0')], expected: false },
    { what: 'stopped', operations: [start, promote, demote, stop], expected: false },
    { what: 'a demote failed', operations: [start, promote, { ...demote, 'rc-code': '1' }], expected: true },
    { what: 'a stop failed', operations: [start, promote, { ...stop, 'rc-code': '1' }], expected: true },
    { what: 'a promote failed', operations: [start, { ...promote, 'rc-code': '1' }], expected: true },
    { what: 'a monitor failed after promote', operations: [promote, monitor('1')], expected: true },
    { what: 'a monitor failed after start', operations: [start, monitor('1')], expected: false },
    {
      what: 'a promote has begun',
      operations: [start, monitor('0'), { ...promote, 'call-id': '-1', 'rc-code': '193', 'op-status': '-1' }],
      expected: true,
    },
    {
      what: 'a demote has begun',
      operations: [promote, { ...demote, 'call-id': '-1', 'rc-code': '193', 'op-status': '-1' }],
      expected: true,
    },
    {
      what: 'recorded in another order than it happened',
      operations: [
        { ...demote, 'call-id': '40' },
        { ...promote, 'call-id': '31' },
      ],
      expected: false,
    },
  ])('$what: $expected', ({ operations, expected }) => {
    expect(mayBePromoted(cibWith({}, history(...operations)), 'node2', 'c0-drbd')).toBe(expected)
  })

  test('of another node, or another resource, does not count', () => {
    const cib = cibWith({}, history({ operation: 'promote' }))
    expect(mayBePromoted(cib, 'node1', 'c0-drbd')).toBe(false)
    expect(mayBePromoted(cib, 'node2', 'c1-drbd')).toBe(false)
  })
})
