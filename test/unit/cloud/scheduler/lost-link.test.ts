import { beforeAll, describe, expect, test } from 'vitest'
import { lostLinkAttribute } from '../../../../system/pacemaker/attributes/lost-link.ts'
import { cibOf, withNodeAttribute, withPromotionScore } from '../cib.ts'
import { c0 } from '../examples.ts'
import { simulate } from '../pacemaker.ts'

/*
 * What Pacemaker's scheduler does when a vhost reports that its link to the portal is lost. node1 has the export and node2 the mount,
 * which prefers node2.
 */

const MOVED = [
  'c0-filesystem stop node2',
  'c0-session stop node2',
  'c0-session start node3',
  'c0-filesystem start node3',
]

/** Runs transitions until the scheduler has nothing more to do. */
function settled(cib: string): string {
  const { summary, cib: next } = simulate(cib)
  return summary.length === 0 ? next : settled(next)
}

/** The reports are attributes of the node's status, which rules read like permanent ones. */
const without = (cib: string, ...nodes: string[]) =>
  nodes.reduce((text, node) => withNodeAttribute(text, node, lostLinkAttribute('c0-session'), 'true'), cib)

let cib: string
beforeAll(() => {
  const scored = ['node1', 'node2'].reduce(
    (text, node) => withPromotionScore(text, node, 'c0-drbd', 10000),
    cibOf({ clouds: [c0], nodes: ['node1', 'node2', 'node3'] }),
  )
  cib = withNodeAttribute(settled(scored), 'node1', 'vhacs-vhost', 'false')
})

test('the mount moves to a vhost with a link, and the export stays', () => {
  expect(simulate(without(cib, 'node2')).executed).toEqual(MOVED)
})

test('it stays there when the first one has its link again', () => {
  const moved = simulate(without(cib, 'node2')).cib
  expect(simulate(withNodeAttribute(moved, 'node2', lostLinkAttribute('c0-session'), 'false')).summary).toEqual([])
})

describe('nothing moves, and nothing stops', () => {
  test('when no vhost has a link', () => {
    expect(simulate(without(cib, 'node2', 'node3')).summary).toEqual([])
  })

  test('when the only other vhost is in standby', () => {
    expect(simulate(without(withNodeAttribute(cib, 'node3', 'standby', 'on'), 'node2')).summary).toEqual([])
  })

  test('when a vhost without the mount has lost its link', () => {
    expect(simulate(without(cib, 'node3')).summary).toEqual([])
  })
})
