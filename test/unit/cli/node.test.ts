import { describe, expect, test } from 'vitest'
import { readCib } from '../../../cloud/read-cib.ts'
import { type FakeCluster, fakeCluster, isReading } from '../../fake/cluster.ts'
import { withNodeAttribute } from '../cloud/cib.ts'
import { run } from './call.ts'

/** Such as `node1 storage vhost`. */
const rolesOf = ({ cib }: FakeCluster) =>
  readCib(cib).nodes.map(({ name, attributes }) => {
    const roles = ['storage', 'vhost'].filter(role => attributes[`vhacs-${role}`] === 'true')
    return [name, ...roles].join(' ')
  })

/** A cluster whose nodes have no roles. */
function roleless(): FakeCluster {
  const cluster = fakeCluster()
  for (const name of ['node1', 'node2', 'node3'])
    for (const role of ['vhacs-storage', 'vhacs-vhost'])
      cluster.cib = withNodeAttribute(cluster.cib, name, role, 'false')
  return cluster
}

test.each([
  ['--setrole storage node2', ['node1', 'node2 storage', 'node3'], 'node2: storage set'],
  ['-s vhost node1,node3', ['node1 vhost', 'node2', 'node3 vhost'], 'node1, node3: vhost set'],
  ['-s storage,vhost node1', ['node1 storage vhost', 'node2', 'node3'], 'node1: storage, vhost set'],
  [
    '-s ALL ALL',
    ['node1 storage vhost', 'node2 storage vhost', 'node3 storage vhost'],
    'node1, node2, node3: storage, vhost set',
  ],
])('node %s gives roles', async (line, roles, said) => {
  const cluster = roleless()
  expect(await run(cluster.system, `node ${line}`)).toEqual({ status: 0, stdout: [said], stderr: [] })
  expect(rolesOf(cluster)).toEqual(roles)
})

test.each([
  ['--delrole vhost node2', ['node1 storage vhost', 'node2 storage', 'node3 storage vhost'], 'node2: vhost taken away'],
  ['-d ALL node1,node2', ['node1', 'node2', 'node3 storage vhost'], 'node1, node2: storage, vhost taken away'],
])('node %s takes roles', async (line, roles, said) => {
  const cluster = fakeCluster()
  expect(await run(cluster.system, `node ${line}`)).toEqual({ status: 0, stdout: [said], stderr: [] })
  expect(rolesOf(cluster)).toEqual(roles)
})

describe('nothing is changed by', () => {
  test.each([
    ['node -s storage node9', 'vhacs: there is no node node9; there is node1, node2, node3'],
    ['node -s storage node1,node9', 'vhacs: there is no node node9; there is node1, node2, node3'],
    ['node -s router node1', 'vhacs: roles are storage and vhost, got "router"'],
    ['node -s storage,, node1', 'vhacs: roles are storage and vhost, got ""'],
    ['node node1', expect.stringMatching(/^vhacs: node: one of -s\|--setrole, -d\|--delrole, .* is expected$/)],
    ['node -s storage -d vhost node1', 'vhacs: node: one of -s|--setrole, -d|--delrole is expected'],
  ])('%s', async (line, words) => {
    const cluster = fakeCluster()
    expect(await run(cluster.system, line)).toEqual({ status: 2, stdout: [], stderr: [words] })
    expect(cluster.ran.filter(command => !isReading(command))).toEqual([])
  })
})

test('what Pacemaker refuses is said in its words', async () => {
  const cluster = fakeCluster()
  cluster.disturb = ({ words: [tool] }) => (tool === 'crm_attribute' ? 'fails' : undefined)
  const { status, stderr } = await run(cluster.system, 'node -s storage node1')
  expect({ status, stderr }).toEqual({ status: 1, stderr: [expect.stringMatching(/crm_attribute .* exited with 99/)] })
})
