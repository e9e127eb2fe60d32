import { beforeAll, describe, expect, test } from 'vitest'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { cibOf, withNodeState } from '../cib.ts'
import { simulate, type Transition } from '../pacemaker.ts'
import { cloudOf } from './clusters.ts'

/*
 * What Pacemaker's scheduler does when the clients of one node report that they cannot reach it: the agents of that node lower the
 * scores of what it exports. node1 exports c0 to c3, node2 c4 and c5; the mounts are on node2, node3 and node4.
 */

const REACHED = 10000
const UNREACHED = 5000

const clouds: Cloud[] = Array.from({ length: 6 }, (_, index) =>
  cloudOf(index, {
    storageNodes: index < 4 ? ['node1', 'node2'] : ['node2', 'node1'],
    preferredVhosts: [`node${2 + (index % 3)}`, `node${2 + ((index + 1) % 3)}`],
  }),
)
const left = clouds.slice(0, 4)

/** The CIB with the scores of all clouds on node1 and node2: that of reached sides, or another one where `left` exports. */
function scored(cib: string, first: number | undefined, second: number | undefined, those = left): string {
  const scores = (score: number | undefined) =>
    Object.fromEntries(
      clouds.flatMap(cloud => {
        const value = those.includes(cloud) ? score : REACHED
        return value === undefined ? [] : [[`master-${cloud.name}-drbd`, String(value)]]
      }),
    )
  return withNodeState(withNodeState(cib, 'node1', scores(first)), 'node2', scores(second))
}

/** Runs transitions until the scheduler has nothing more to do, a few at most. */
function settled(cib: string, most = 6): string {
  const { summary, cib: next } = simulate(cib)
  if (most === 0) throw new Error(`still to do: ${summary.join('; ')}`)
  return summary.length === 0 ? next : settled(next, most - 1)
}

const promotedOn = (node: string, { executed }: Transition) =>
  executed.filter(line => line.endsWith(`-drbd promote ${node}`)).length
const isMount = (line: string) => /-(session|filesystem) /.test(line)

let cib: string
beforeAll(() => {
  cib = settled(scored(cibOf({ clouds, nodes: ['node1', 'node2', 'node3', 'node4'] }), REACHED, REACHED))
})

describe('when the clients cannot reach the node that exports several clouds', () => {
  let moved: Transition
  beforeAll(() => {
    moved = simulate(scored(cib, UNREACHED, REACHED))
  })

  test('these exports move together, each once', () => {
    expect(promotedOn('node2', moved)).toBe(left.length)
    expect(simulate(moved.cib).summary).toEqual([])
  })

  test('no mount is touched, nor an export of the other node', () => {
    const touched = [...moved.summary, ...moved.executed]
    expect(touched.filter(isMount)).toEqual([])
    expect(touched.filter(line => /c[45]-/.test(line))).toEqual([])
  })

  test('nothing moves back when the node counts as reachable again', () => {
    expect(simulate(scored(moved.cib, REACHED, REACHED)).summary).toEqual([])
  })

  test('nothing moves back when the clients then lose the other node, too', () => {
    expect(simulate(scored(moved.cib, UNREACHED, UNREACHED)).summary.filter(line => /c[0-3]-/.test(line))).toEqual([])
  })

  test('the exports come back when the other node has no good data any more: an unreachable side is better than none', () => {
    const lost = simulate(scored(moved.cib, UNREACHED, undefined))
    expect(promotedOn('node1', lost)).toBe(left.length)
  })
})

test('one export leaves after the other, as their agents find it out', () => {
  const first = simulate(scored(cib, UNREACHED, REACHED, left.slice(0, 1)))
  expect(promotedOn('node2', first)).toBe(1)
  const rest = simulate(scored(first.cib, UNREACHED, REACHED))
  expect(promotedOn('node2', rest)).toBe(left.length - 1)
  expect([...first.summary, ...rest.summary].filter(isMount)).toEqual([])
})

test.each<[string, number | undefined]>([
  ['whose peer is not connected', 1000],
  ['that is being brought up to date', 10],
  ['without good data', undefined],
  ['that its clients cannot reach either', UNREACHED],
])('an export never leaves for a side %s', (_, score) => {
  expect(simulate(scored(cib, UNREACHED, score)).summary.filter(line => /c[0-3]-/.test(line))).toEqual([])
})
