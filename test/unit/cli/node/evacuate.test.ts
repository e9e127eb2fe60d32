import { expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { rolesIn } from '../../../../cloud/node-attributes.ts'
import { type FakeCluster, fakeCluster, isLocking, isReading, node } from '../../../fake/cluster/cluster.ts'
import { replaceable } from '../../../fake/cluster/replacement.ts'
import { withMembership, withoutId } from '../../cloud/cib.ts'
import { c0 } from '../../cloud/examples.ts'
import { given } from '../call.ts'

const LINE = 'node --evacuate node2 --yes'
const c1 = {
  ...c0,
  ...{ name: 'c1', minor: 1, address: '10.77.1.101', iqn: 'iqn.2026-01.org.vhacs:lab:c1', directory: '/srv/c1' },
}

function cluster(): FakeCluster {
  const made = fakeCluster([c0, { ...c1, storageNodes: ['node2', 'node1'] }])
  replaceable(made)
  return made
}

const linesOf = (stdout: readonly string[]) => stdout.map(line => line.replace(/^ *[\d.]+ s {2}/, ''))
const sidesIn = ({ cib }: FakeCluster) => readCluster(cib).clouds.map(({ storageNodes }) => storageNodes)
const rolesOf = ({ cib }: FakeCluster, name: string) =>
  rolesIn(readCluster(cib).nodes.find(found => found.name === name)?.attributes ?? {})
const changes = ({ ran }: FakeCluster) => ran.filter(command => !isLocking(command) && !isReading(command))

test('all sides of a node move, one after the other; then its mounts, and it has no role any more', async () => {
  const seen = cluster()
  const { stdout } = await given(seen).run(LINE).succeeds()
  const lines = linesOf(stdout)
  expect(lines[0]).toMatch(
    /^this will move a side of c0 .* to node3, .*; move a side of c1 .* to node3, .*its export moves from node2 to node1 first\); move the mounts of c0, c1 to other nodes; remove the roles of node2$/,
  )
  expect(lines.filter(line => / is on | role of | no storages /.test(line))).toEqual([
    'removing the storage role of node2',
    'c0 is on node3 instead of node2',
    'c1 is on node3 instead of node2',
    'removing the vhost role of node2',
    'node2 has no storages any more, and gets no new ones',
  ])
  expect(sidesIn(seen)).toEqual([
    ['node1', 'node3'],
    ['node3', 'node1'],
  ])
  expect([...node(seen, 'node2').volumes.keys()]).toEqual([])
  expect(rolesOf(seen, 'node2')).toEqual([])
})

test('without a node for one of them, nothing is changed', async () => {
  const seen = cluster()
  node(seen, 'node3').sizeBytes = 1.5 * 2 ** 30
  await given(seen)
    .run(LINE)
    .isRefused(
      /^vhacs: no node can take the side of c1 on node2: node3 has 512M(iB)? free|node3 has 512 MiB free \(nothing was changed\)$/,
    )
  const none = cluster()
  none.cib = withoutId(none.cib, 'node3-vhacs-storage')
  await given(none)
    .run(LINE)
    .isRefused(/side of c0 on node2: node3 does not have the storage role; .*c1 on node2: node3 does not have/)
  expect([...changes(seen), ...changes(none)]).toEqual([])
})

test('broken off after the first one, the same command does the rest', async () => {
  const seen = cluster()
  let moved = 0
  seen.disturb = ({ words: [tool, ...args] }) => {
    if (tool === 'lvchange' && args.includes('--deltag')) moved += 1
    return moved > 0 && tool === 'lvcreate' ? 'fails' : undefined
  }
  await given(seen).run(LINE).fails()
  expect(sidesIn(seen)).toEqual([
    ['node1', 'node3'],
    ['node2', 'node1'],
  ])
  seen.disturb = () => undefined
  await given(seen).run(LINE).succeeds()
  expect(sidesIn(seen)).toEqual([
    ['node1', 'node3'],
    ['node3', 'node1'],
  ])
})

test('a node that is lost is evacuated as well', async () => {
  const made = fakeCluster([{ ...c0, preferredVhosts: ['node1'] }])
  replaceable(made)
  node(made, 'node2').isUp = false
  made.cib = withMembership(made.cib, 'node2', 'left')
  const { stdout } = await given(made).run(LINE).succeeds()
  expect(linesOf(stdout).join('\n')).toMatch(/node2 is lost, and still has its data of c0/)
  expect(sidesIn(made)).toEqual([['node1', 'node3']])
})
