import { describe, expect, test } from 'vitest'
import { element } from '../../../../cloud/xml.ts'
import { withChildren, withMeta } from '../cib.ts'
import { inFullOperation, pair } from './clusters.ts'
import { type Action, changes, criticalPath, schedule } from './graph.ts'
import { lose, type Model, nodeOf, withNode } from './model.ts'
import { cibOf } from './model-cib.ts'

/*
 * The calls of agents that an export waits for when it goes to its other node, one after another, from the scheduler's own graph. Each
 * takes the start of an agent and a round of the cluster, so their number decides how long clients wait. node1 exports, node2 mounts.
 */

/** What has to end, in this order, before the address is up on node2. */
function pathToAddress(cib: string): string[] {
  const graph = schedule(cib)
  const isLast = ({ operation, resource, node }: Action) =>
    operation === 'start' && resource === 'c0-address' && node === 'node2'
  const last = graph.actions.find(isLast)
  if (last === undefined) throw new Error('the address does not start on node2')
  return criticalPath(graph, last).map(({ call = 'fence', resource, node }) =>
    call.includes('notify') ? call : [call, resource, node].filter(Boolean).join(' '),
  )
}

function inOperation(): Model {
  const model = inFullOperation(pair)
  expect(nodeOf(model, 'c0', 'target')).toBe('node1')
  return model
}

const UP = ['start c0-target node2', 'start c0-address node2']
const DOWN = ['stop c0-address node1', 'stop c0-target node1', 'demote c0-drbd node1']

const withNotifications = (cib: string) => withMeta(cib, 'c0-drbd-clone', 'notify', 'true')

test('the loss of the exporting node', () => {
  expect(pathToAddress(cibOf(lose(inOperation(), 'node1')))).toEqual(['fence node1', 'promote c0-drbd node2', ...UP])
})

test('a standby of the exporting node: its side of DRBD stops as well', () => {
  expect(pathToAddress(cibOf(withNode(inOperation(), 'node1', 'standby')))).toEqual([
    ...[...DOWN, 'stop c0-drbd node1', 'promote c0-drbd node2', ...UP],
  ])
})

test('a move of the export', () => {
  const move = { id: 'cli-prefer-c0-export', rsc: 'c0-export', node: 'node2', score: 'INFINITY' }
  expect(pathToAddress(withChildren(cibOf(inOperation()), 'constraints', element('rsc_location', move)))).toEqual([
    ...[...DOWN, 'promote c0-drbd node2', ...UP],
  ])
})

describe('a cloud with notifications, as earlier versions composed it', () => {
  test('waits for five of them when the exporting node is lost', () => {
    const path = pathToAddress(withNotifications(cibOf(lose(inOperation(), 'node1'))))
    expect(path).toHaveLength(9)
    expect(path.filter(call => call.includes('notify'))).toHaveLength(5)
  })

  test('is not restarted by their end', () => {
    expect(changes(schedule(cibOf(inOperation())))).toEqual([])
    expect(changes(schedule(withNotifications(cibOf(inOperation()))))).toEqual([])
  })
})
