import { expect, test } from 'vitest'
import { selectNodes } from '../../../../cli/command/select-nodes.ts'

const nodes = Array.from({ length: 32 }, (_, index) => ({ name: `node${index + 1}` }))

test('an error about an unknown name does not list all of thirty-two nodes', () => {
  expect(() => selectNodes('alpha', nodes)).toThrow(/\(nodes: node1, node2, .*node12 and 20 more\)$/)
  expect(() => selectNodes('r1', nodes, [{ name: 'r1', kind: 'remote' }])).toThrow(/\(members: .* and 20 more\)$/)
  expect(() => selectNodes('alpha', [])).toThrow('(nodes: none)')
})
