import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { runsOtherTools } from '../tools.ts'
import { apart, fivePlusTwo, inFullOperation, pair, shared, sixteen, threePlusOne } from './clusters.ts'
import {
  back,
  carryOut,
  cloudActive,
  cloudInStandby,
  type Drill,
  describeOutcome,
  firstStart,
  inSync,
  lost,
  monitorFails,
  type Outcome,
  outOfStandby,
  removed,
  standby,
  stopFails,
} from './drills.ts'
import { changes } from './graph.ts'
import { needlessUnmounts, violations } from './invariants.ts'
import { type Model, nodeOf } from './model.ts'

/*
 * What Pacemaker's scheduler does about events in a cluster: recorded in test/fixtures/transitions, and checked against
 * invariants. After a change `make golden` writes the files again: read the difference.
 */

const TRANSITIONS = join(import.meta.dirname, '../../../fixtures/transitions')

/** Pacemaker 3.0 has a file of its own where it does less than 2.1. */
function goldenFile(cluster: string): string {
  const own = join(TRANSITIONS, `${cluster}.pacemaker-3.txt`)
  return runsOtherTools && existsSync(own) ? own : join(TRANSITIONS, `${cluster}.txt`)
}

const nodesOf = ({ nodes }: Model) => nodes.map(({ name }) => name)
const lostAndBack = (node: string): Drill => [lost(node), back(node)]
const lostAndInSync = (node: string): Drill => [...lostAndBack(node), inSync]
const inAndOutOfStandby = (node: string): Drill => [standby(node), outOfStandby(node), inSync]

/** The operator stops the cloud, starts it, stops it again and removes it. */
const comeAndGo = (cloud: string): Drill => [
  cloudInStandby(cloud),
  cloudActive(cloud),
  cloudInStandby(cloud),
  removed(cloud),
]

describe.each([
  {
    name: 'pair',
    cluster: pair,
    drills: [
      [firstStart, inSync],
      ...nodesOf(pair).map(lostAndInSync),
      ...nodesOf(pair).map(inAndOutOfStandby),
      ...['node1', 'node2'].flatMap(node => [[monitorFails('c0', 'lvm', node)], [monitorFails('c0', 'drbd', node)]]),
      ...(['target', 'address', 'session', 'filesystem'] as const).map(layer => [monitorFails('c0', layer)]),
      [stopFails('c0', 'drbd')],
      [stopFails('c0', 'target')],
      [stopFails('c0', 'filesystem')],
      comeAndGo('c0'),
    ],
  },
  {
    name: 'shared',
    cluster: shared,
    drills: [
      [firstStart],
      ...nodesOf(shared).map(lostAndBack),
      inAndOutOfStandby('node2'),
      [monitorFails('c1', 'drbd', 'node2')],
      [stopFails('c1', 'target')],
      comeAndGo('c1'),
    ],
  },
  {
    name: 'apart',
    cluster: apart,
    drills: [
      [firstStart],
      ...nodesOf(apart).map(lostAndBack),
      inAndOutOfStandby('node2'),
      [stopFails('c0', 'session')],
    ],
  },
  {
    name: '3+1',
    cluster: threePlusOne,
    drills: [[firstStart], ...nodesOf(threePlusOne).map(lostAndInSync), [stopFails('c2', 'address')], comeAndGo('c1')],
  },
  {
    name: '5+2',
    cluster: fivePlusTwo,
    drills: [
      [firstStart, inSync],
      ...nodesOf(fivePlusTwo).map(lostAndBack),
      inAndOutOfStandby('node3'),
      [stopFails('c3', 'lvm')],
      comeAndGo('c2'),
    ],
  },
  {
    name: '16',
    cluster: sixteen,
    drills: [
      [firstStart],
      ...nodesOf(sixteen).map(node => [lost(node)]),
      lostAndBack('node8'),
      inAndOutOfStandby('node11'),
      [stopFails('c4', 'target')],
      comeAndGo('c9'),
    ],
  },
])('in the cluster $name', ({ name, cluster, drills }) => {
  let outcomes: readonly (readonly Outcome[])[]
  beforeAll(() => {
    outcomes = drills.map(drill => carryOut(drill, drill[0] === firstStart ? cluster : inFullOperation(cluster)))
  }, 300_000)

  const transitions = () => outcomes.flat().flatMap(outcome => outcome.transitions)

  test('the scheduler does what the golden file says', async () => {
    const text = outcomes.map(drill => drill.map(describeOutcome).join('')).join('\n')

    await expect(text).toMatchFileSnapshot(goldenFile(name))
  })

  test('nothing starts before what it needs, and nothing stops while another part needs it', () => {
    expect(transitions().flatMap(violations)).toEqual([])
  })

  test('no healthy and wanted mount is stopped', () => {
    expect(transitions().flatMap(needlessUnmounts)).toEqual([])
  })

  test('no cloud changes that the event does not concern', () => {
    const changed = outcomes.flat().filter(({ unconcerned }) => unconcerned.length > 0)

    expect(changed.map(({ title, unconcerned }) => [title, unconcerned])).toEqual([])
  })

  test('every cloud that should run does so afterwards', () => {
    const missing = outcomes.flat().map(({ title, after }) => {
      const active = after.clouds.filter(({ state }) => state === 'active')
      const down = active.filter(cloud => nodeOf(after, cloud.name, 'filesystem') === undefined)
      return [title, down.map(cloud => cloud.name)] as const
    })

    expect(missing.filter(([, clouds]) => clouds.length > 0)).toEqual([])
  })

  test('nothing moves when a node comes back: it only connects its data', () => {
    const returns = outcomes.flat().filter(({ isReturn }) => isReturn)
    const done = returns.flatMap(outcome => outcome.transitions.flatMap(({ graph }) => changes(graph)))

    expect(done.filter(({ operation, resource }) => operation !== 'start' || !/-(lvm|drbd)$/.test(resource))).toEqual(
      [],
    )
  })

  test('the scheduler changes nothing in full operation', () => {
    expect(carryOut([inSync], inFullOperation(cluster))[0]?.transitions).toEqual([])
  })
})
