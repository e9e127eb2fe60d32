import { describe, expect, test } from 'vitest'
import type { ResolveContext } from '../../../../cloud/resolve/context.ts'
import { rows } from '../../rows.ts'
import { c0, cloudsOf, context, factsOf, GIB, names, problemLines, resolved } from './lab.ts'

const resource = { name: 'c1', minors: [7], ports: [7807], hosts: ['node3', 'node1'] }
const volumeGroups = [{ name: 'vhacs', freeBytes: 0, extentBytes: 4 * 2 ** 20, volumes: { c1: GIB } }]

/** The data of a detached c1 remain on these nodes. */
function remaining(nodes: readonly string[], change: Partial<ResolveContext> = {}): ResolveContext {
  const facts = names.map(name => factsOf(name, nodes.includes(name) ? { volumeGroups, drbd: [resource] } : {}))
  return context([c0], { facts, adopting: true, ...change })
}

test('a cloud adopts its data where they are, even without free space', () => {
  const { clouds, problems } = resolved('clouds: [{name: c1}]', remaining(['node1', 'node3']))

  expect(problems).toEqual([])
  expect(clouds).toMatchObject([{ cloud: { storageNodes: ['node3', 'node1'], minor: 7 }, isAdopted: true }])
})

test('the other node may be preferred for the export of adopted data', () => {
  const file = 'clouds: [{name: c1, storage: [node1, node3]}]'

  expect(cloudsOf(resolved(file, remaining(['node1', 'node3'])))).toMatchObject([
    { storageNodes: ['node1', 'node3'], minor: 7 },
  ])
})

test('a cloud without remaining data is created', () => {
  const { clouds, problems } = resolved('clouds: [{name: c2, size: 1G}]', remaining([]))

  expect(problems).toEqual([])
  expect(clouds).toMatchObject([{ isAdopted: false }])
})

describe('data are not adopted when they', () => {
  const contexts: Readonly<Record<string, ResolveContext>> = {
    'on both': remaining(['node1', 'node3']),
    'on node3': remaining(['node3']),
    'node1 off': remaining(['node1', 'node3'], { unreachable: [{ node: 'node1', why: 'off' }] }),
  }

  test.each(
    rows(`
      are on other nodes                 | storage: [node1, node2] | on both   | its data are on node3 and node1
      have another minor                 | minor: 8                | on both   | its DRBD resource has minor 7, which is not free
      are on one node only               | size: 1G                | on node3  | its volume is missing on node1
      may be on a node that is unreachable | size: 1G              | node1 off | node1 is unreachable: off
    `),
  )('%s', (_case, wanted, where = '', reason) => {
    const resolution = resolved(`clouds: [{name: c1, ${wanted}}]`, contexts[where])

    expect(resolution.clouds).toEqual([])
    expect(problemLines(resolution)).toContain(`clouds[0].name: c1 cannot be attached: ${reason}`)
  })
})
