import { describe, expect, test } from 'vitest'
import { element } from '../../../../cloud/xml.ts'
import { withChildren } from '../cib.ts'
import { fivePlusTwo, inFullOperation, pair } from './clusters.ts'
import { react, textOf } from './execute.ts'
import { changes, schedule } from './graph.ts'
import { comeBack, lose, type Model, nodeOf, resync } from './model.ts'
import { cibOf } from './model-cib.ts'

/** What the scheduler does about the constraint that `crm resource move` adds. */
function moved(model: Model, resource: string, node: string): string[] {
  const move = element('rsc_location', { id: `cli-prefer-${resource}`, rsc: resource, node, score: 'INFINITY' })
  return changes(schedule(withChildren(cibOf(model), 'constraints', move))).map(textOf)
}

/** The node is lost, comes back, and is resynchronized. */
function lostAndBack(model: Model, node: string): Model {
  return resync(react(comeBack(react(lose(model, node)).model, node)).model)
}

describe('after the return of a node, an operator who asks', () => {
  test('for the mount gets it back there, and nothing else moves', () => {
    const model = lostAndBack(inFullOperation(pair), 'node2')
    expect(nodeOf(model, 'c0', 'session')).toBe('node1')

    expect(moved(model, 'c0-mount', 'node2').sort()).toEqual([
      'c0-filesystem start node2',
      'c0-filesystem stop node1',
      'c0-session start node2',
      'c0-session stop node1',
    ])
  })

  test('for the export gets it back there with the promotion, and the mount stays', () => {
    const model = lostAndBack(inFullOperation(pair), 'node1')
    expect(nodeOf(model, 'c0', 'target')).toBe('node2')

    expect(moved(model, 'c0-export', 'node1').sort()).toEqual([
      'c0-address start node1',
      'c0-address stop node2',
      'c0-drbd demote node2',
      'c0-drbd promote node1',
      'c0-target start node1',
      'c0-target stop node2',
    ])
  })

  test('for one cloud of many moves only that one', () => {
    const model = lostAndBack(inFullOperation(fivePlusTwo), 'node1')
    const away = model.clouds.find(
      ({ name, storageNodes: [first] }) => first === 'node1' && nodeOf(model, name, 'target') !== first,
    )

    const done = moved(model, `${away?.name}-export`, 'node1')

    expect(done).not.toEqual([])
    expect(done.filter(line => !line.startsWith(`${away?.name}-`))).toEqual([])
  })
})

test('a side with outdated data is not promoted, even when the other one is lost', () => {
  const behind = react(comeBack(react(lose(inFullOperation(pair), 'node1')).model, 'node1')).model

  const { model, transitions } = react(lose(behind, 'node2'))

  expect(transitions.flatMap(({ done }) => done.map(textOf)).filter(line => line.includes('promote'))).toEqual([])
  expect(nodeOf(model, 'c0', 'drbd')).toBeUndefined()
})
