import { describe, expect, test } from 'vitest'
import { resourceIds } from '../../../../cloud/ids.ts'
import { rehearsalPatch } from '../../../../cloud/rehearsal/constraint.ts'
import { element, parseXml } from '../../../../cloud/xml.ts'
import { edited } from '../cib.ts'
import { patched, verify } from '../pacemaker.ts'
import { apart, inFullOperation, pair, shared, threePlusOne } from './clusters.ts'
import { react, textOf } from './execute.ts'
import { changes, schedule } from './graph.ts'
import { comeBack, lose, type Model, nodeOf } from './model.ts'
import { cibOf } from './model-cib.ts'

const LATER = '2199-01-01T00:00:00Z'
const OVER = '2020-01-01T00:00:00Z'

/** The CIB with the constraint of a rehearsal that moves a cloud to a node. */
function rehearsing(cib: string, cloud: string, node: string, end = LATER): string {
  const { cib: after, isRefused } = patched(cib, rehearsalPatch(cloud, node, { end, cib: parseXml(cib) }))
  expect(isRefused).toBe(false)
  return after
}

const done = (cib: string) => changes(schedule(cib)).map(textOf).sort()

/** The actions that move the export of a cloud, and nothing else. */
function move(cloud: string, from: string, to: string): string[] {
  const { drbd, target, address } = resourceIds(cloud)
  const moved = [target, address].flatMap(id => [`${id} stop ${from}`, `${id} start ${to}`])
  return [...moved, `${drbd} demote ${from}`, `${drbd} promote ${to}`].sort()
}

describe.each(Object.entries({ pair, shared, apart, threePlusOne }))('in the cluster %s', (_, cluster) => {
  const model = inFullOperation(cluster)

  test.each(model.clouds)('the export of $name moves to the other side and back, and nothing else moves', cloud => {
    const [first, second] = cloud.storageNodes
    const there = rehearsing(cibOf(model), cloud.name, second)
    expect(verify(there)).toBe('')
    expect(done(there)).toEqual(move(cloud.name, first, second))

    const moved = exportedBySecond(model, cloud.name)
    // one patch replaces the constraint
    const back = rehearsing(rehearsing(cibOf(moved), cloud.name, second), cloud.name, first)
    expect(done(back)).toEqual(move(cloud.name, second, first))
  })

  test.each(model.clouds)('$name stays on either side without the constraint, and when it has expired', cloud => {
    for (const [state, node] of [
      [model, cloud.storageNodes[1]],
      [exportedBySecond(model, cloud.name), cloud.storageNodes[0]],
    ] as const) {
      expect(done(cibOf(state))).toEqual([])
      expect(done(rehearsing(cibOf(state), cloud.name, node, OVER))).toEqual([])
    }
  })
})

/** The cluster after the first move of a rehearsal. */
function exportedBySecond(model: Model, name: string): Model {
  const cloud = model.clouds.find(found => found.name === name)
  if (cloud === undefined) throw new Error(`no cloud ${name}`)
  const [first, second] = cloud.storageNodes
  const { drbd, target, address } = resourceIds(name)
  const running = new Map(model.running)
  for (const id of [target, address] as const) {
    running.delete(`${id}@${first}`)
    running.set(`${id}@${second}`, 'Started')
  }
  running.set(`${drbd}@${first}`, 'Unpromoted')
  running.set(`${drbd}@${second}`, 'Promoted')
  return { ...model, running }
}

describe('the constraint cannot take the only good side out of use', () => {
  const model = inFullOperation(pair)
  const score = (node: string, value: string | undefined) =>
    edited(cibOf(model), ({ attributes }) => {
      if (attributes.name !== 'master-c0-drbd' || attributes.id !== `status-${node.slice(4)}-master-c0-drbd`)
        return undefined
      return value === undefined ? [] : [{ name: 'nvpair', attributes: { ...attributes, value }, children: [] }]
    })

  test.each([
    ['its clients cannot reach it', '5000'],
    ['its peer is unknown', '1000'],
    ['it is being brought up to date', '10'],
    ['its data are old', undefined],
  ])('the other side is not promoted if %s (score %s)', (_, value) => {
    expect(done(rehearsing(score('node2', value), 'c0', 'node2'))).toEqual([])
  })

  test('a side that has been lost and is back with old data is not promoted', () => {
    const behind = react(comeBack(react(lose(model, 'node1')).model, 'node1')).model
    expect(nodeOf(behind, 'c0', 'target')).toBe('node2')
    expect(done(rehearsing(cibOf(behind), 'c0', 'node1'))).toEqual([])
  })

  test('the loss of the node that it prefers moves the export to the other one', () => {
    const lost = lose(exportedBySecond(model, 'c0'), 'node2')
    const took = done(rehearsing(cibOf(lost), 'c0', 'node2'))
    expect(took).toEqual(expect.arrayContaining(['fence node2', 'c0-drbd promote node1', 'c0-target start node1']))
  })

  test('a start that fails on the other side brings the export back', () => {
    const failCount = { id: 'status-2-fail-count', name: 'fail-count-c0-target#start_0', value: 'INFINITY' }
    const failing = edited(cibOf(exportedBySecond(model, 'c0')), found =>
      found.attributes.id === 'status-2'
        ? [{ ...found, children: [...found.children, element('nvpair', failCount)] }]
        : undefined,
    )
    expect(done(rehearsing(failing, 'c0', 'node2'))).toEqual(move('c0', 'node2', 'node1'))
  })
})
