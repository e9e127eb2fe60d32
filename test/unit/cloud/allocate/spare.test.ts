import { describe, expect, test } from 'vitest'
import type { Candidate } from '../../../../cloud/allocate/placement.ts'
import { replaceStorageNode, spareFor } from '../../../../cloud/allocate/spare.ts'
import { c0 } from '../examples.ts'

const nodes: Candidate[] = ['node1', 'node2', 'node3', 'node4', 'node5'].map(name => ({
  name,
  roles: ['storage', 'vhost'],
  freeBytes: undefined,
}))
const request = { cloud: c0, lost: 'node1', sizeBytes: 1 }
const on = (first: string, second: string) => ({ storageNodes: [first, second], preferredVhosts: [] }) as const

describe('the spare is', () => {
  test('the storage node that holds the fewest clouds', () => {
    expect(spareFor(request, nodes, [c0, on('node3', 'node4'), on('node4', 'node3')])).toBe('node5')
  })

  test('of those the one that shares the fewest with the node that stays', () => {
    expect(spareFor(request, nodes, [c0, on('node3', 'node2'), on('node4', 'node1'), on('node5', 'node2')])).toBe(
      'node4',
    )
  })

  test('one that has room', () => {
    const full = nodes.map(node => ({ ...node, freeBytes: { vhacs: node.name === 'node5' ? 1 : 0 } }))

    expect(spareFor(request, full, [c0])).toBe('node5')
    expect(() => spareFor({ ...request, sizeBytes: 2 }, full, [c0])).toThrow(
      'c0: none of node3, node4, node5 has room for it in volume group vhacs',
    )
  })

  test('none where no other node has the role', () => {
    expect(() => spareFor(request, nodes.slice(0, 2), [c0])).toThrow('c0: no other node has the role storage')
  })
})

test('the node that stays becomes the preferred one, because it has the data', () => {
  expect(replaceStorageNode(c0, 'node1', 'node3')).toEqual({ ...c0, storageNodes: ['node2', 'node3'] })
  expect(replaceStorageNode(c0, 'node2', 'node3')).toEqual({ ...c0, storageNodes: ['node1', 'node3'] })
})

test.each([
  ['node3', 'node4', 'node3 is none of its storage nodes, which are node1 and node2'],
  ['node1', 'node2', 'node2 is one of its storage nodes already'],
  ['node1', 'node1', 'node1 is one of its storage nodes already'],
])('%s cannot be replaced by %s', (lost, spare, why) => {
  expect(() => replaceStorageNode(c0, lost, spare)).toThrow(why)
})
