import { describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { type FakeCluster, fakeCluster, isReading, node } from '../../../fake/cluster/cluster.ts'
import { withMeta, withNodeAttribute } from '../../cloud/cib.ts'
import { bare, c0 } from '../../cloud/examples.ts'
import { given } from '../call.ts'
import { RECORDED } from '../recorded.ts'

const preferencesOf = ({ cib }: FakeCluster) =>
  Object.fromEntries(readCluster(cib).clouds.map(({ name, preferredVhosts }) => [name, preferredVhosts]))
const mountOf = (cluster: FakeCluster, name = 'c0') =>
  cluster.active().find(({ id }) => id === `${name}-filesystem`)?.node
const moves = ({ ran }: FakeCluster) =>
  ran.filter(({ words: [tool] }) => tool === 'crm_resource').map(({ words }) => words.slice(1, 4).join(' '))

/** For 20 s the kernel of a node has no mount that Pacemaker names there. */
function mountLate(cluster: FakeCluster, late: string) {
  const begun = cluster.system.now()
  cluster.disturb = ({ node, words: [tool] }) =>
    tool === 'findmnt' && node === late && cluster.system.now() < begun + 20_000 ? 'fails' : undefined
}

test('nodes are preferred in that order, and the mount moves to the first', async () => {
  const cluster = fakeCluster([c0, bare])
  const { stdout } = await given(cluster).run('storage -p node3,node1-2 c0').succeeds()
  expect(stdout.at(-1)).toMatch(/c0 prefers node3, node1, node2; it is mounted on node3$/)
  expect(preferencesOf(cluster)).toEqual({ c0: ['node3', 'node1', 'node2'], 'West-1': [] })
  expect(mountOf(cluster)).toBe('node3')
  expect(moves(cluster)).toEqual(['--move --resource c0-mount', '--clear --resource c0-mount'])
})

test('a mount that Pacemaker reports there has moved once the kernel shows it', async () => {
  const cluster = fakeCluster([c0])
  mountLate(cluster, 'node3')
  const { stdout } = await given(cluster).run('storage -p node3 c0').succeeds()
  expect(stdout).toContainEqual(expect.stringMatching(/ 20\.0 s {2}allowing c0 to move again$/))
})

test('a mount that is already there stays there', async () => {
  const cluster = fakeCluster([c0])
  await given(cluster).run('storage --prefers node2 c0')
  expect(preferencesOf(cluster)).toEqual({ c0: ['node2'] })
  expect(moves(cluster)).toEqual([])
})

test('a mount that is starting there is waited for, and not moved', async () => {
  const cluster = fakeCluster([c0])
  mountLate(cluster, 'node2')
  const { stdout } = await given(cluster).run('storage --prefers node2 c0').succeeds()
  expect(stdout).toContainEqual(expect.stringMatching(/waiting until c0 is mounted on node2$/))
  expect(stdout.at(-1)).toMatch(/^ *20\.0 s {2}c0 prefers node2; it is mounted on node2$/)
  expect(moves(cluster)).toEqual([])
})

test('where it cannot be determined whether it is mounted, it is not moved away', async () => {
  const cluster = fakeCluster([c0])
  cluster.disturb = ({ node, words: [tool] }) => (tool === 'findmnt' && node === 'node2' ? 'fails' : undefined)
  await given(cluster)
    .run('storage --prefers node2,node3 c0')
    .fails(expect.stringContaining('waiting until c0 is mounted on node2'))
  expect(mountOf(cluster)).toBe('node2')
  expect(moves(cluster)).toEqual([])
})

test('a node that runs no resources is skipped', async () => {
  const cluster = fakeCluster([c0])
  cluster.cib = withNodeAttribute(cluster.cib, 'node3', 'standby', 'on')
  const { stdout } = await given(cluster).run('storage -p node3,node1 c0')
  expect(stdout.at(-1)).toMatch(/it is mounted on node1$/)
  expect(mountOf(cluster)).toBe('node1')
})

test('a node that says that it could not mount it is passed over before anything is stopped, and the next is tried', async () => {
  const cluster = fakeCluster([{ ...c0, initiators: [...c0.initiators, 'iqn.2026-01.org.vhacs:node2'] }])
  const answer = RECORDED.replace('/run 50817 ', '/run 0 ')
  node(cluster, 'node3').system.tools.set('sh', () => ({ status: 0, stdout: answer }))
  const { stdout } = await given(cluster).run('storage -p node3,node1 c0').succeeds()
  expect(stdout).toContainEqual(
    expect.stringMatching(/node3 cannot mount c0: the file system of \/run is full; .*; trying node1$/),
  )
  expect(moves(cluster)).toEqual(['--move --resource c0-mount', '--clear --resource c0-mount'])
  expect(mountOf(cluster)).toBe('node1')
})

test('a mount that Pacemaker does not stop is not moved', async () => {
  const cluster = fakeCluster([c0])
  cluster.cib = withMeta(cluster.cib, 'c0-mount', 'is-managed', 'false')
  await given(cluster)
    .run('storage -p node3 c0')
    .fails(/node3 cannot mount c0: c0-mount has is-managed=false: .* \(crm_resource -r c0-mount --meta -d is-managed\)/)
  expect(moves(cluster)).toEqual([])
})

test('if none of them is online it stays where it is, and prefers them', async () => {
  const cluster = fakeCluster([c0])
  cluster.cib = withNodeAttribute(cluster.cib, 'node3', 'standby', 'on')
  const { stdout } = await given(cluster).run('storage -p node3 c0').succeeds()
  expect(stdout.at(-1)).toMatch(/c0 prefers node3; none of them is online: it stays on node2$/)
  expect(preferencesOf(cluster)).toEqual({ c0: ['node3'] })
  expect(moves(cluster)).toEqual([])
})

test('a storage in standby is not moved, and will prefer them', async () => {
  const cluster = fakeCluster([{ ...c0, state: 'standby' }])
  const { stdout } = await given(cluster).run('storage -p node3 c0').succeeds()
  expect(stdout.at(-1)).toMatch(/c0 prefers node3; it is not mounted$/)
  expect(preferencesOf(cluster)).toEqual({ c0: ['node3'] })
})

test('a mount that does not arrive may run anywhere again', async () => {
  const cluster = fakeCluster([c0])
  const all = cluster.active()
  cluster.disturb = ({ words: [tool] }) => {
    if (tool === 'crm_mon') cluster.active = () => all
    return undefined
  }
  const words = /^vhacs: waiting until c0 is mounted on node3: it is not mounted there after 300 s/
  await given(cluster).run('storage -p node3 c0').fails(words)
  expect(moves(cluster)).toEqual(['--move --resource c0-mount', '--clear --resource c0-mount'])
})

/** Where the storage cannot be mounted; Pacemaker leaves it where it was then. */
function failingOn(cluster: FakeCluster, name: string, there: string): FakeCluster {
  const all = cluster.active()
  let to: string | undefined
  cluster.disturb = ({ words: [tool, verb, , resource, , where] }) => {
    if (verb === '--move') to = resource === `${name}-mount` ? where : undefined
    if (tool !== 'crm_mon' || to !== there) return undefined
    cluster.active = () => all
    cluster.failures = [{ resource: `${name}-filesystem`, node: there, action: 'start', reason: 'no directory' }]
    return undefined
  }
  return cluster
}

test('a node where the mount fails is followed by the next, at once', async () => {
  const cluster = failingOn(fakeCluster([c0]), 'c0', 'node3')
  const begun = cluster.system.now()
  const { stdout } = await given(cluster).run('storage -p node3,node1 c0').succeeds()
  expect(stdout).toContainEqual(
    expect.stringMatching(/mounted on node3: start of c0-filesystem failed there: no directory; trying node1$/),
  )
  expect(stdout.at(-1)).toMatch(/c0 prefers node3, node1; it is mounted on node1$/)
  expect(cluster.system.now()).toBe(begun)
})

test('if it starts again on its own node after it failed on another, that is waited for', async () => {
  const cluster = failingOn(fakeCluster([c0]), 'c0', 'node3')
  const disturbed = cluster.disturb
  const partly = cluster.active().filter(({ id }) => id !== 'c0-filesystem')
  const all = cluster.active()
  let looks = 0
  cluster.disturb = command => {
    const trouble = disturbed(command)
    if (command.words[0] === 'crm_mon' && cluster.failures.length > 0) {
      looks += 1
      cluster.active = () => (looks < 4 ? partly : all)
    }
    return trouble
  }
  const { stdout } = await given(cluster).run('storage -p node3,node2 c0').succeeds()
  expect(stdout.at(-1)).toMatch(/it is mounted on node2$/)
})

test('if all nodes before its own fail, it stays on its own', async () => {
  const { stdout } = await given(failingOn(fakeCluster([c0]), 'c0', 'node3'))
    .run('storage -p node3,node2,node1 c0')
    .succeeds()
  expect(stdout.at(-1)).toMatch(/it is mounted on node2$/)
})

test('one storage that cannot be moved does not prevent moving the next', async () => {
  const cluster = failingOn(fakeCluster([c0, bare]), 'c0', 'node3')
  const { stdout } = await given(cluster)
    .run('storage -p node3 c0,West-1')
    .fails(/^vhacs: 1 of 2 failed: c0: /)
  expect(stdout.at(-1)).toMatch(/West-1 prefers node3; it is mounted on node3$/)
  expect(mountOf(cluster, 'West-1')).toBe('node3')
})

describe('nothing is changed when', () => {
  test.each([
    ['node9', 'vhacs: node9 is not a node of this cluster (nodes: node1, node2, node3)'],
    ['node1,node3', 'vhacs: node3 does not have the vhost role, so it cannot mount a storage'],
  ])('the nodes are %s', async (nodes, words) => {
    const cluster = fakeCluster([c0])
    cluster.cib = withNodeAttribute(cluster.cib, 'node3', 'vhacs-vhost', 'false')
    await given(cluster).run(`storage -p ${nodes} c0`).isRefused(words, [])
    expect(cluster.ran.filter(command => !isReading(command))).toEqual([])
  })
})

test('a session that lacks one of its paths has not failed', async () => {
  const cluster = fakeCluster([c0])
  const begun = cluster.system.now()
  cluster.disturb = ({ node, words: [tool] }) => {
    const isLate = tool === 'findmnt' && node === 'node3' && cluster.system.now() < begun + 20_000
    if (isLate) {
      const reason = 'a path is missing'
      cluster.failures = [{ resource: 'c0-session', node, action: 'monitor', reason, isDegraded: true }]
    }
    return isLate ? 'fails' : undefined
  }
  const { stdout } = await given(cluster).run('storage -p node3 c0').succeeds()
  expect(stdout.at(-1)).toMatch(/it is mounted on node3$/)
})
