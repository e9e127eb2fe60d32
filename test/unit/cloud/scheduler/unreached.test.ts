import { beforeAll, describe, expect, test } from 'vitest'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { cibOf, edited, withPromotionScore } from '../cib.ts'
import { simulate, type Transition } from '../pacemaker.ts'
import { cloudOf } from './clusters.ts'

/*
 * What Pacemaker's scheduler does when the clients of one node report that they cannot reach it: the agents of that node lower the
 * scores of what it exports. node1 exports c0 to c7, node2 c8 and c9; the mounts are on node2, node3 and node4.
 */

const REACHED = 10000
const UNREACHED = 5000

const clouds: Cloud[] = Array.from({ length: 10 }, (_, index) =>
  cloudOf(index, {
    storageNodes: index < 8 ? ['node1', 'node2'] : ['node2', 'node1'],
    preferredVhosts: [`node${2 + (index % 3)}`, `node${2 + ((index + 1) % 3)}`],
  }),
)
const left = clouds.slice(0, 8)

/** The CIB with this score of some clouds on a node. */
function scored(cib: string, node: string, score: number | undefined, those: readonly Cloud[]): string {
  const id = node.replace('node', '')
  return those.reduce((text, { name }) => {
    const without = edited(text, found =>
      found.attributes.name === `master-${name}-drbd` && found.attributes.id?.startsWith(`status-${id}-`)
        ? []
        : undefined,
    )
    return score === undefined ? without : withPromotionScore(without, node, `${name}-drbd`, score)
  }, cib)
}

/** Runs transitions until the scheduler has nothing more to do. */
function settled(cib: string): string {
  const { summary, cib: next } = simulate(cib)
  return summary.length === 0 ? next : settled(next)
}

const promotedOn = (node: string, { executed }: Transition) =>
  executed.filter(line => line.endsWith(`-drbd promote ${node}`)).length
const isMount = (line: string) => /-(session|filesystem) /.test(line)

let cib: string
beforeAll(() => {
  const fresh = cibOf({ clouds, nodes: ['node1', 'node2', 'node3', 'node4'] })
  cib = settled(['node1', 'node2'].reduce((text, node) => scored(text, node, REACHED, clouds), fresh))
})

describe('when the clients cannot reach the node that exports several clouds', () => {
  let moved: Transition
  beforeAll(() => {
    moved = simulate(scored(cib, 'node1', UNREACHED, left))
  })

  test('these exports move together, each once', () => {
    expect(promotedOn('node2', moved)).toBe(left.length)
    expect(simulate(moved.cib).summary).toEqual([])
  })

  test('no mount is touched, nor an export of the other node', () => {
    const touched = [...moved.summary, ...moved.executed]
    expect(touched.filter(isMount)).toEqual([])
    expect(touched.filter(line => /c[89]-/.test(line))).toEqual([])
  })

  test('nothing moves back when the node counts as reachable again', () => {
    expect(simulate(scored(moved.cib, 'node1', REACHED, left)).summary).toEqual([])
  })

  test('nothing moves back when the clients then lose the other node, too', () => {
    expect(
      simulate(scored(moved.cib, 'node2', UNREACHED, clouds)).summary.filter(line => /c[0-7]-/.test(line)),
    ).toEqual([])
  })

  test('the exports come back when the other node dies: an unreachable side is better than none', () => {
    const lost = simulate(scored(moved.cib, 'node2', undefined, clouds))
    expect(promotedOn('node1', lost)).toBe(clouds.length)
  })
})

test('one export leaves after the other, as their agents find it out', () => {
  const first = simulate(scored(cib, 'node1', UNREACHED, left.slice(0, 1)))
  expect(promotedOn('node2', first)).toBe(1)
  const rest = simulate(scored(first.cib, 'node1', UNREACHED, left))
  expect(promotedOn('node2', rest)).toBe(left.length - 1)
  expect([...first.summary, ...rest.summary].filter(isMount)).toEqual([])
})

test.each<[string, number | undefined]>([
  ['whose peer is not connected', 1000],
  ['that is being brought up to date', 10],
  ['without good data', undefined],
  ['that its clients cannot reach either', UNREACHED],
])('an export never leaves for a side %s', (_, score) => {
  const both = scored(scored(cib, 'node1', UNREACHED, left), 'node2', score, left)
  expect(simulate(both).summary.filter(line => /c[0-7]-/.test(line))).toEqual([])
})
