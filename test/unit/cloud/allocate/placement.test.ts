import { array, assert, constantFrom, integer, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Placement } from '../../../../cloud/allocate/node-load.ts'
import type { Candidate, PlacementRequest } from '../../../../cloud/allocate/placement.ts'
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

function wishes(count: number): PlacementRequest[] {
  return Array.from({ length: count }, (_, index) => ({ ...request, name: `c${index}` }))
}

function withSpace(candidates: readonly Candidate[], ...gibibytes: number[]): Candidate[] {
  return candidates.map((node, index) => ({ ...node, freeBytes: { vhacs: (gibibytes[index] ?? 0) * GIB } }))
}

/** How many of the placements `where` says each node has. */
function perNode(placements: readonly Placement[], where: (placement: Placement) => readonly (string | undefined)[]) {
  const all = placements.flatMap(where)
  return (names: readonly string[]) => names.map(name => all.filter(found => found === name).length)
}

function spread(numbers: readonly number[]): number {
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
  const placements = place(wishes(clouds), all)

  test('are spread evenly: replicas, exports and mounts', () => {
    const replicas = perNode(placements, ({ storageNodes }) => storageNodes)
    const exports = perNode(placements, ({ storageNodes }) => [storageNodes[0]])
    const mounts = perNode(placements, ({ preferredVhosts: [vhost] }) => [vhost])

    expect(spread(replicas(names))).toBeLessThanOrEqual(1)
    expect(spread(exports(names))).toBeLessThanOrEqual(1)
    expect(spread(mounts(names))).toBeLessThanOrEqual(1)
  })

  test('are exported and mounted evenly by the survivors after the loss of any node', () => {
    for (const lost of names) {
      const survivors = names.filter(name => name !== lost)
      const exports = perNode(placements, ({ storageNodes: [first, second] }) => [first === lost ? second : first])
      const mounts = perNode(placements, ({ preferredVhosts: [first, second] }) => [first === lost ? second : first])
      expect(spread(exports(survivors))).toBeLessThanOrEqual(2)
      expect(spread(mounts(survivors))).toBeLessThanOrEqual(2)
    }
  })

  test('are mounted where their data are not, if there is such a node', () => {
    const elsewhere = ({ storageNodes, preferredVhosts }: Placement) =>
      preferredVhosts.filter(vhost => !storageNodes.includes(vhost))
    expect(placements.filter(placement => elsewhere(placement).length < Math.min(count - 2, 2))).toEqual([])
  })

  test('are mounted, if there is no such node, rather by the one that does not export them', () => {
    const firsts = placements.flatMap(({ storageNodes: [exporter], preferredVhosts: [vhost] }) =>
      vhost === exporter ? [vhost] : [],
    )
    expect(firsts).toEqual([])
  })
})

test('only nodes with the role get data, and only those with the other get mounts', () => {
  const [one] = place([request], [...nodes(1, ['vhost']), ...nodes(2, ['storage'], 2)])

  expect(one).toEqual({ storageNodes: ['node2', 'node3'], preferredVhosts: ['node1'] })
})

test('a cloud without any vhost prefers none', () => {
  expect(place([request], nodes(2, ['storage']))).toEqual([{ storageNodes: ['node1', 'node2'], preferredVhosts: [] }])
})

test('clouds that are there already count', () => {
  const present = [{ storageNodes: ['node1', 'node2'], preferredVhosts: ['node3', 'node4'] }] as const

  expect(place([request], nodes(4), present)).toEqual([
    { storageNodes: ['node3', 'node4'], preferredVhosts: ['node1', 'node2'] },
  ])
})

describe('free space', () => {
  test('gives a node with twice as much twice as many replicas, as far as pairs of nodes allow', () => {
    const placements = place(wishes(60), withSpace(nodes(5), 20_000, 10_000, 10_000, 10_000, 10_000))
    const replicas = perNode(placements, ({ storageNodes }) => storageNodes)

    const [large = 0, ...others] = replicas(['node1', 'node2', 'node3', 'node4', 'node5'])
    expect(large).toBeGreaterThanOrEqual(1.5 * Math.max(...others))
    expect(spread(others)).toBeLessThanOrEqual(2)
  })

  test('of an empty cluster decides: the roomiest exports', () => {
    expect(place([request], withSpace(nodes(4), 10, 40, 20, 30))[0]?.storageNodes).toEqual(['node2', 'node4'])
  })

  test('that differs a little does not make always the same nodes partners', () => {
    const placements = place(wishes(24), withSpace(nodes(4), 1010, 1009, 1008, 1007))

    expect(new Set(placements.map(({ storageNodes }) => [...storageNodes].sort().join())).size).toBe(6)
  })

  test('is used up by the clouds placed before', () => {
    const placements = place(wishes(3), withSpace(nodes(3), 2, 2, 2))
    const replicas = perNode(placements, ({ storageNodes }) => storageNodes)

    expect(replicas(['node1', 'node2', 'node3'])).toEqual([2, 2, 2])
    expect(() => place(wishes(4), withSpace(nodes(3), 2, 2, 2))).toThrow(
      'c3: two storage nodes with 1024 MiB free in volume group vhacs are needed: node1 has 0 MiB free',
    )
  })

  test('of another volume group does not count', () => {
    const elsewhere = { ...request, volumeGroup: 'fast' }

    expect(() => place([elsewhere], withSpace(nodes(2), 9, 9))).toThrow(RangeError)
  })
})

describe('the operator overrides', () => {
  test('the storage nodes, whatever their roles and load', () => {
    const told = { ...request, storageNodes: ['node3', 'node1'] } as const

    expect(place([told], [...nodes(2), ...nodes(1, ['vhost'], 3)])).toEqual([
      { storageNodes: ['node3', 'node1'], preferredVhosts: ['node2', 'node1'] },
    ])
  })

  test('the vhosts, in order, or that none is preferred', () => {
    const told = [['node2', 'node1'], []].map(preferredVhosts => ({ ...request, preferredVhosts }))

    expect(place(told, nodes(4)).map(({ preferredVhosts }) => preferredVhosts)).toEqual([['node2', 'node1'], []])
  })

  test.each([
    [['node1', 'node9'], 'c0: node9 is not a node of this cluster'],
    [['node1', 'node1'], 'c0: two storage nodes are needed, not node1 twice'],
    [['node1', 'node3'], 'node3 has 0 MiB free'],
  ] as const)('but not with %s', (storageNodes, why) => {
    expect(() => place([{ ...request, storageNodes }], withSpace(nodes(3), 5, 5, 0))).toThrow(why)
  })
})

test('whatever the cluster, two nodes with the role and room are taken, and the same input gives the same', () => {
  const candidate = record({
    roles: constantFrom<readonly NodeRole[]>(['storage'], ['vhost'], BOTH),
    free: constantFrom(undefined, 0, 1, 5, 1000),
  })
  const cluster = array(candidate, { minLength: 4, maxLength: 10 })
  assert(
    property(cluster, integer({ min: 1, max: 20 }), (found, clouds) => {
      const candidates = found.map(({ roles, free }, index) => ({
        name: `node${index + 1}`,
        roles,
        freeBytes: free === undefined ? undefined : { vhacs: free * GIB },
      }))
      const left = new Map(
        candidates.map(({ name, freeBytes }) => [name, freeBytes?.vhacs ?? Number.POSITIVE_INFINITY]),
      )
      let placements: Placement[]
      try {
        placements = place(wishes(clouds), candidates)
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
        return
      }
      expect(place(wishes(clouds), candidates)).toEqual(placements)
      for (const { storageNodes } of placements)
        for (const node of storageNodes) {
          expect(candidates.find(({ name }) => name === node)?.roles).toContain('storage')
          left.set(node, (left.get(node) ?? 0) - GIB)
          expect(left.get(node)).toBeGreaterThanOrEqual(0)
        }
    }),
  )
})
