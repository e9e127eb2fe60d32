import { beforeAll, describe, expect, test } from 'vitest'
import { inFullOperation, nodeNames, placedClouds } from './clusters.ts'
import { react } from './execute.ts'
import { comeBack, lose, type Model, newCluster, nodeOf } from './model.ts'

/** The scheduler needs a second for clusters like these, and more on a busy machine. */
const SLOW = { timeout: 120_000 }

/** How many clouds run that layer on each of the nodes. */
function perNode(model: Model, layer: 'target' | 'session', nodes: readonly string[]): number[] {
  const hosts = model.clouds.map(({ name }) => nodeOf(model, name, layer))
  return nodes.map(node => hosts.filter(other => other === node).length)
}

const range = (numbers: readonly number[]) => [Math.min(...numbers), Math.max(...numbers)]

function clusterOf(nodes: number, clouds: number): Model {
  const empty = newCluster(Object.fromEntries(nodeNames(nodes).map(name => [name, 'sv'])), [])
  return { ...empty, clouds: placedClouds(clouds, empty.nodes) }
}

/** Clouds that are mounted on a node with their data. */
function mountedOnData(model: Model) {
  return model.clouds.filter(({ name, storageNodes }) => storageNodes.includes(nodeOf(model, name, 'session') ?? ''))
}

describe('48 clouds on 16 nodes', () => {
  const nodes = nodeNames(16)
  const before = inFullOperation(clusterOf(16, 48))
  let after: Model
  beforeAll(() => {
    after = react(lose(before, 'node5')).model
  }, 120_000)

  test('put three exports and three mounts on each', () => {
    expect(range(perNode(before, 'target', nodes))).toEqual([3, 3])
    expect(range(perNode(before, 'session', nodes))).toEqual([3, 3])
  })

  test('are distributed over the fifteen others after the loss of one', () => {
    const others = nodes.filter(node => node !== 'node5')

    expect(range(perNode(after, 'target', others))).toEqual([3, 4])
    expect(range(perNode(after, 'session', others))).toEqual([3, 4])
    expect(mountedOnData(after)).toEqual([])
  })
})

test('clouds that prefer no vhost are also mounted away from their data', SLOW, () => {
  const cluster = clusterOf(4, 8)
  const homeless = { ...cluster, clouds: cluster.clouds.map(cloud => ({ ...cloud, preferredVhosts: [] })) }

  const { model } = react(homeless)

  expect(range(perNode(model, 'session', nodeNames(4)))[0]).toBeGreaterThan(0)
  expect(mountedOnData(model)).toEqual([])
})

test('a node that came back takes over mounts from the next that is lost', SLOW, () => {
  const lopsided = react(comeBack(react(lose(inFullOperation(clusterOf(8, 16)), 'node1')).model, 'node1')).model
  expect(perNode(lopsided, 'session', ['node1', 'node2'])).toEqual([0, 3])

  const { model } = react(lose(lopsided, 'node2'))

  const others = nodeNames(8).filter(node => node !== 'node2')
  expect(range(perNode(model, 'session', others))).toEqual([2, 3])
})

test('two losses one after the other leave every cloud mounted, away from its data', SLOW, () => {
  const lost = ['node1', 'node2'].reduce(
    (model, node) => react(lose(model, node)).model,
    inFullOperation(clusterOf(8, 16)),
  )

  expect(range(perNode(lost, 'session', nodeNames(8).slice(2)))).toEqual([2, 3])
  expect(mountedOnData(lost)).toEqual([])
})
