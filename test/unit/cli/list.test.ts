import { expect, test } from 'vitest'
import { fakeCluster } from '../../fake/cluster.ts'
import { edited } from '../cloud/cib.ts'
import { bare, c0 } from '../cloud/examples.ts'
import { run } from './call.ts'

/** The cells of the table's lines, the head first. */
const cellsOf = (lines: readonly string[]) =>
  lines
    .filter(line => line.startsWith('│'))
    .map(line =>
      line
        .split('│')
        .slice(1, -1)
        .map(cell => cell.trim()),
    )

test('each cloud has a line: primary and secondary, who exports it, who has it mounted', async () => {
  const { status, stdout, stderr } = await run(fakeCluster([c0, bare]).system, 'storage --list')
  expect({ status, stderr }).toEqual({ status: 0, stderr: [] })
  expect(cellsOf(stdout)).toEqual([
    ['STORAGE', 'DRBD:0', 'DRBD:1', 'TARGET', 'ADDRESS', 'MOUNTED ON', 'DIRECTORY'],
    ['c0', '(P)node1', '(S)node2', 'node1', '10.77.1.100', 'node2', '/srv/c0'],
    ['West-1', '(P)node2', '(S)node1', 'node2', '10.77.1.101', 'node2', '/srv/west'],
  ])
})

test('after a failover the roles are those that Pacemaker sees', async () => {
  const cluster = fakeCluster([c0])
  const other = { node1: 'node2', node2: 'node1' } as const
  const moved = cluster.active().map(({ id, node, role }) => {
    const isMoved = ['c0-drbd', 'c0-target', 'c0-address'].includes(id)
    return { id, role, node: isMoved ? (other[node as keyof typeof other] ?? node) : node }
  })
  cluster.active = () => moved
  const { stdout } = await run(cluster.system, 'storage -l')
  expect(cellsOf(stdout)[1]).toEqual(['c0', '(S)node1', '(P)node2', 'node2', '10.77.1.100', 'node2', '/srv/c0'])
})

test('what does not run is a dash', async () => {
  const cluster = fakeCluster([c0])
  cluster.active = () => []
  const { stdout } = await run(cluster.system, 'storage -l')
  expect(cellsOf(stdout)[1]).toEqual(['c0', '(-)node1', '(-)node2', '-', '10.77.1.100', '-', '/srv/c0'])
})

test('what is not as it was made is named below, with the reason', async () => {
  const cluster = fakeCluster([c0, bare])
  cluster.cib = edited(cluster.cib, ({ attributes }) => (attributes.id === 'c0-drbd-export-order' ? [] : undefined))
  const { status, stdout } = await run(cluster.system, 'storage --list')
  expect(status).toBe(0)
  expect(cellsOf(stdout).map(([name]) => name)).toEqual(['STORAGE', 'West-1'])
  expect(stdout.at(-1)).toBe('c0 is not as vhacs made it: the constraint c0-drbd-export-order is missing')
})

test('without clouds there is the head alone', async () => {
  const { status, stdout } = await run(fakeCluster().system, 'storage --list')
  expect(status).toBe(0)
  expect(cellsOf(stdout)).toHaveLength(1)
})

test('it only looks', async () => {
  const cluster = fakeCluster([c0])
  await run(cluster.system, 'storage --list')
  const commands = cluster.ran.map(({ node, words: [tool, verb] }) => `${node}: ${tool} ${verb}`)
  expect(commands.sort()).toEqual(['node1: cibadmin --query', 'node1: crm_mon -1'])
  expect(cluster.system.changes).toEqual([])
})
