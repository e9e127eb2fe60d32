import { beforeAll, describe, expect, test } from 'vitest'
import { element } from '../../../../cloud/xml.ts'
import { cibOf, edited, withChildren, withPromotionScore } from '../cib.ts'
import { c0 } from '../examples.ts'
import { simulate, type Transition } from '../pacemaker.ts'

/*
 * What Pacemaker's scheduler does with the promotion scores of sides that clients cannot reach (agents/drbd-cloud/score.ts). node1
 * has the export, which also prefers it, and node2 the mount.
 */

const REACHED = 10000
const CUT_OFF = 5000
const CLIENT_HERE = 15000

const isMount = (line: string) => /c0-(session|filesystem)/.test(line)

/** The CIB with these scores on node1 and node2; undefined is none. */
function scored(cib: string, ...scores: readonly (number | undefined)[]): string {
  const without = edited(cib, ({ attributes }) => (attributes.name === 'master-c0-drbd' ? [] : undefined))
  return scores.reduce<string>(
    (text, score, index) =>
      score === undefined ? text : withPromotionScore(text, `node${index + 1}`, 'c0-drbd', score),
    without,
  )
}

/** Runs transitions until the scheduler has nothing more to do. */
function settled(cib: string): string {
  const { summary, cib: next } = simulate(cib)
  return summary.length === 0 ? next : settled(next)
}

const fresh = cibOf({ clouds: [c0], nodes: ['node1', 'node2', 'node3'] })

let cib: string
beforeAll(() => {
  cib = settled(scored(fresh, REACHED, REACHED))
})

describe('when clients lose the side with the export, and the other one is as good', () => {
  let moved: Transition
  beforeAll(() => {
    moved = simulate(scored(cib, CUT_OFF, REACHED))
  })

  test('the export moves, although it prefers the first one and is sticky', () => {
    expect(moved.executed).toEqual([
      'c0-address stop node1',
      'c0-target stop node1',
      'c0-drbd demote node1',
      'c0-drbd promote node2',
      'c0-target start node2',
      'c0-address start node2',
    ])
  })

  test('the mount is not touched', () => {
    expect([...moved.summary, ...moved.executed].filter(isMount)).toEqual([])
  })

  test('nothing moves back when clients can reach the first one again', () => {
    expect(simulate(scored(moved.cib, REACHED, REACHED)).summary).toEqual([])
  })

  test('nothing moves back when clients then lose the other one, too', () => {
    expect(simulate(scored(moved.cib, CUT_OFF, CUT_OFF)).summary).toEqual([])
  })

  test('the export moves back when clients can reach only the first one', () => {
    expect(simulate(scored(moved.cib, REACHED, CUT_OFF)).executed).toContain('c0-drbd promote node1')
  })
})

describe('nothing moves', () => {
  test.each<[string, number | undefined]>([
    ['is cut off, too', CUT_OFF],
    ['does not know its peer: the replication is cut, too', 1000],
    ['is being brought up to date', 10],
    ['has no good data, or a split brain', undefined],
  ])('when clients lose the side with the export, and the other one %s', (_, other) => {
    expect(simulate(scored(cib, CUT_OFF, other)).summary).toEqual([])
  })

  test.each([CUT_OFF, 1000])('when clients lose the side that is not in use, whatever else is wrong with it', score => {
    expect(simulate(scored(cib, REACHED, score)).summary).toEqual([])
  })
})

test('when clients could reach neither side, the export moves to the one that they can reach first', () => {
  expect(simulate(scored(cib, CUT_OFF, REACHED)).summary).toContain('move c0-target node1 -> node2')
  expect(simulate(scored(cib, REACHED, CUT_OFF)).summary).toEqual([])
})

test('when only a client on the other side can reach it there, the export moves to it, and stays when its network is back', () => {
  const moved = simulate(scored(cib, REACHED, CLIENT_HERE))
  expect(moved.executed).toContain('c0-drbd promote node2')
  expect([...moved.summary, ...moved.executed].filter(isMount)).toEqual([])
  expect(simulate(scored(cib, CUT_OFF, CLIENT_HERE)).executed).toContain('c0-drbd promote node2')
  expect(simulate(scored(moved.cib, REACHED, REACHED)).summary).toEqual([])
})

describe('at a start', () => {
  test.each<[string, number | undefined, number | undefined, string]>([
    ['the side that clients can reach is promoted, not the preferred one', CUT_OFF, REACHED, 'node2'],
    ['of two that they cannot, the preferred one', CUT_OFF, CUT_OFF, 'node1'],
    ['rather one that they cannot than one that does not know its peer', 1000, CUT_OFF, 'node2'],
    ['or one that is being brought up to date', 10, CUT_OFF, 'node2'],
    ['or one without good data', undefined, CUT_OFF, 'node2'],
  ])('%s', (_, first, second, node) => {
    const { executed } = simulate(scored(simulate(fresh).cib, first, second))

    expect(executed).toContain(`c0-drbd promote ${node}`)
    expect(executed).toContain(`c0-target start ${node}`)
  })
})

test('a cloud of an earlier version that gets its portals restarts below the mount, which stays', () => {
  const id = 'c0-drbd-instance_attributes-portals'
  const without = edited(fresh, ({ attributes }) => (attributes.id === id ? [] : undefined))
  const old = settled(scored(without, REACHED, REACHED))

  const pair = element('nvpair', { id, name: 'portals', value: '10.77.1.100:3260' })
  const { summary } = simulate(withChildren(old, 'c0-drbd-instance_attributes', pair))

  expect(without).not.toBe(fresh)
  expect(summary).toContain('restart c0-target node1')
  expect(summary.filter(isMount)).toEqual([])
})
