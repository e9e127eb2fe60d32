import { array, assert, constantFrom, integer, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Placement } from '../../../../cloud/allocate/node-load.ts'
import type { Candidate, PlacementRequest } from '../../../../cloud/allocate/room.ts'
import type { NodeRole } from '../../../../cloud/configuration.ts'
import { place } from '../placements.ts'

const GIB = 2 ** 30
const BOTH: readonly NodeRole[] = ['storage', 'vhost']

function nodes(count: number, roles = BOTH, first = 1): Candidate[] {
  return Array.from({ length: count }, (_, index) => ({ name: `node${first + index}`, roles, freeBytes: undefined }))
}

const request: PlacementRequest = {
  name: 'c0',
  sizeBytes: GIB,
  volumeGroup: 'vhacs',
  storageNodes: undefined,
  preferredVhosts: undefined,
}

function requests(count: number): PlacementRequest[] {
  return Array.from({ length: count }, (_, index) => ({ ...request, name: `c${index}` }))
}

function withSpace(candidates: readonly Candidate[], ...gibibytes: number[]): Candidate[] {
  return candidates.map((node, index) => ({ ...node, freeBytes: { vhacs: (gibibytes[index] ?? 0) * GIB } }))
}

/** How often each node is among the nodes that `where` returns for the placements. */
function perNode(placements: readonly Placement[], where: (placement: Placement) => readonly (string | undefined)[]) {
  const all = placements.flatMap(where)
  return (names: readonly string[]) => names.map(name => all.filter(node => node === name).length)
}

function imbalance(numbers: readonly number[]): number {
  return Math.max(...numbers) - Math.min(...numbers)
}

describe.each([
  [2, 32],
  [3, 30],
  [4, 32],
  [5, 32],
  [8, 128],
  [16, 512],
  [16, 64],
])('on %i nodes with both roles, %i clouds', (count, clouds) => {
  const all = nodes(count)
  const names = all.map(({ name }) => name)
  const placements = place(requests(clouds), all)

  test('are balanced: replicas, exports and mounts', () => {
    const replicas = perNode(placements, ({ storageNodes }) => storageNodes)
    const exports = perNode(placements, ({ storageNodes }) => [storageNodes[0]])
    const mounts = perNode(placements, ({ preferredVhosts: [vhost] }) => [vhost])

    expect(imbalance(replicas(names))).toBeLessThanOrEqual(1)
    expect(imbalance(exports(names))).toBeLessThanOrEqual(1)
    expect(imbalance(mounts(names))).toBeLessThanOrEqual(1)
  })

  test('remain balanced between the other nodes after the loss of any node', () => {
    for (const lost of names) {
      const survivors = names.filter(name => name !== lost)
      const exports = perNode(placements, ({ storageNodes: [first, second] }) => [first === lost ? second : first])
      const mounts = perNode(placements, ({ preferredVhosts: [first, second] }) => [first === lost ? second : first])
      expect(imbalance(exports(survivors))).toBeLessThanOrEqual(2)
      expect(imbalance(mounts(survivors))).toBeLessThanOrEqual(2)
    }
  })

  test('are mounted on nodes without their data, if there are such', () => {
    const elsewhere = ({ storageNodes, preferredVhosts }: Placement) =>
      preferredVhosts.filter(vhost => !storageNodes.includes(vhost))
    expect(placements.filter(placement => elsewhere(placement).length < Math.min(count - 2, 2))).toEqual([])
  })

  test('are otherwise mounted on the node that does not export them', () => {
    const firsts = placements.flatMap(({ storageNodes: [exporter], preferredVhosts: [vhost] }) =>
      vhost === exporter ? [vhost] : [],
    )
    expect(firsts).toEqual([])
  })
})

test('only nodes with the storage role get data, and only those with the vhost role get mounts', () => {
  const [one] = place([request], [...nodes(1, ['vhost']), ...nodes(2, ['storage'], 2)])

  expect(one).toEqual({ storageNodes: ['node2', 'node3'], preferredVhosts: ['node1'] })
})

test('where there is no vhost, a cloud prefers none', () => {
  expect(place([request], nodes(2, ['storage']))).toEqual([{ storageNodes: ['node1', 'node2'], preferredVhosts: [] }])
})

test('existing clouds count', () => {
  const present = [{ storageNodes: ['node1', 'node2'], preferredVhosts: ['node3', 'node4'] }] as const

  expect(place([request], nodes(4), present)).toEqual([
    { storageNodes: ['node3', 'node4'], preferredVhosts: ['node1', 'node2'] },
  ])
})

describe('free space', () => {
  test('gives a node with twice as much twice as many replicas, as far as pairs of nodes allow', () => {
    const placements = place(requests(60), withSpace(nodes(5), 20_000, 10_000, 10_000, 10_000, 10_000))
    const replicas = perNode(placements, ({ storageNodes }) => storageNodes)

    const [large = 0, ...others] = replicas(['node1', 'node2', 'node3', 'node4', 'node5'])
    expect(large).toBeGreaterThanOrEqual(1.5 * Math.max(...others))
    expect(imbalance(others)).toBeLessThanOrEqual(2)
  })

  test('decides in an empty cluster: the node with the most exports', () => {
    expect(place([request], withSpace(nodes(4), 10, 40, 20, 30))[0]?.storageNodes).toEqual(['node2', 'node4'])
  })

  test('that differs only a little leaves all pairs of nodes in use', () => {
    const placements = place(requests(24), withSpace(nodes(4), 1010, 1009, 1008, 1007))

    expect(new Set(placements.map(({ storageNodes }) => [...storageNodes].sort().join())).size).toBe(6)
  })

  test('is used by the clouds placed before', () => {
    const placements = place(requests(3), withSpace(nodes(3), 2, 2, 2))
    const replicas = perNode(placements, ({ storageNodes }) => storageNodes)

    expect(replicas(['node1', 'node2', 'node3'])).toEqual([2, 2, 2])
    expect(() => place(requests(4), withSpace(nodes(3), 2, 2, 2))).toThrow(
      'c3: two storage nodes with 1024 MiB free in volume group vhacs are needed: node1 has 0 MiB free',
    )
  })

  test('of another volume group does not count', () => {
    const elsewhere = { ...request, volumeGroup: 'fast' }

    expect(() => place([elsewhere], withSpace(nodes(2), 9, 9))).toThrow(RangeError)
  })
})

describe('the operator can choose', () => {
  test('the storage nodes, whatever their roles and load', () => {
    const chosen = { ...request, storageNodes: ['node3', 'node1'] } as const

    expect(place([chosen], [...nodes(2), ...nodes(1, ['vhost'], 3)])).toEqual([
      { storageNodes: ['node3', 'node1'], preferredVhosts: ['node2', 'node1'] },
    ])
  })

  test('the preferred vhosts, in order, or none', () => {
    const chosen = [['node2', 'node1'], []].map(preferredVhosts => ({ ...request, preferredVhosts }))

    expect(place(chosen, nodes(4)).map(({ preferredVhosts }) => preferredVhosts)).toEqual([['node2', 'node1'], []])
  })

  test.each([
    [['node1', 'node9'], 'c0: node9 is not a node of this cluster'],
    [['node1', 'node1'], 'c0: two storage nodes are needed, not node1 twice'],
    [['node1', 'node3'], 'node3 has 0 MiB free'],
  ] as const)('but not with %s', (storageNodes, why) => {
    expect(() => place([{ ...request, storageNodes }], withSpace(nodes(3), 5, 5, 0))).toThrow(why)
  })
})

test('in any cluster, each cloud gets two storage nodes with room, and the same input gives the same result', () => {
  const candidate = record({
    roles: constantFrom<readonly NodeRole[]>(['storage'], ['vhost'], BOTH),
    free: constantFrom(undefined, 0, 1, 5, 1000),
  })
  const cluster = array(candidate, { minLength: 4, maxLength: 10 })
  assert(
    property(cluster, integer({ min: 1, max: 20 }), (drawn, clouds) => {
      const candidates = drawn.map(({ roles, free }, index) => ({
        name: `node${index + 1}`,
        roles,
        freeBytes: free === undefined ? undefined : { vhacs: free * GIB },
      }))
      const remaining = new Map(
        candidates.map(({ name, freeBytes }) => [name, freeBytes?.vhacs ?? Number.POSITIVE_INFINITY]),
      )
      let placements: Placement[]
      try {
        placements = place(requests(clouds), candidates)
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
        return
      }
      expect(place(requests(clouds), candidates)).toEqual(placements)
      for (const { storageNodes } of placements)
        for (const node of storageNodes) {
          expect(candidates.find(({ name }) => name === node)?.roles).toContain('storage')
          remaining.set(node, (remaining.get(node) ?? 0) - GIB)
          expect(remaining.get(node)).toBeGreaterThanOrEqual(0)
        }
    }),
  )
})

describe('with three copies', () => {
  const three = (count: number) => requests(count).map(one => ({ ...one, copies: 3 }))

  test.each([
    [3, 9],
    [5, 30],
  ])('on %i nodes, %i clouds are balanced, and each has three different nodes', (count, clouds) => {
    const all = nodes(count)
    const placements = place(three(clouds), all)
    const names = all.map(({ name }) => name)
    expect(placements.map(({ storageNodes }) => new Set(storageNodes).size)).toEqual(placements.map(() => 3))
    expect(imbalance(perNode(placements, ({ storageNodes }) => storageNodes)(names))).toBeLessThanOrEqual(1)
    expect(imbalance(perNode(placements, ({ storageNodes }) => [storageNodes[0]])(names))).toBeLessThanOrEqual(1)
  })

  test('they are the first of a list that have room, and mounts are elsewhere', () => {
    const request = { ...three(1)[0], storageOrder: ['node4', 'node1', 'node5', 'node2'] } as PlacementRequest
    const [placement] = place([request], withSpace(nodes(5), 0, 9, 9, 9, 9))
    expect(placement?.storageNodes).toEqual(['node4', 'node5', 'node2'])
    expect(placement?.preferredVhosts.every(name => !placement.storageNodes.includes(name))).toBe(true)
  })

  test('two nodes with room are too few', () => {
    expect(() => place(three(1), withSpace(nodes(3), 9, 9, 0))).toThrow(
      /^c0: three storage nodes with 1024 MiB free in volume group vhacs are needed: .*node3 has 0 MiB free/,
    )
  })
})
