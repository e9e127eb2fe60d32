import { expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { element } from '../../../../cloud/xml.ts'
import { type FakeCluster, fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { growable } from '../../../fake/cluster/growth.ts'
import { snapshottable } from '../../../fake/cluster/snapshots.ts'
import { cibOf, edited, withChildren, withNodeAttribute } from '../../cloud/cib.ts'
import { bare, c0, db0, web0 } from '../../cloud/examples.ts'
import { given } from '../call.ts'

/* The verbs of storages that have vservers: web0 runs on node2, where c0 is mounted, and db0 is in standby. */

function cluster(): FakeCluster {
  const found = fakeCluster([c0, bare])
  const nodes = ['node1', 'node2', 'node3']
  const vhosts = (cib: string, name: string) => withNodeAttribute(cib, name, 'vhacs-vhost', 'true')
  const vservers = [web0, { ...db0, state: 'standby' as const }]
  found.cib = nodes.reduce(vhosts, cibOf({ clouds: [c0, bare], vservers, nodes }))
  const active = found.active
  found.active = () => {
    const all = active()
    const mount = all.find(({ id }) => id === 'c0-filesystem')
    return mount ? [...all, { ...mount, id: 'web0-container' }] : all
  }
  return found
}

test.each([
  'storage --standby c0',
  'storage --restart c0',
])('%s warns that vservers will be shut down', async command => {
  const { stdout } = await given(cluster()).run(command)

  expect(stdout).toContainEqual(expect.stringMatching(/WARNING: c0 is used on node2 by the vserver web0$/))
})

test('--destroy refuses a storage with a running vserver', async () => {
  const { stderr } = await given(cluster()).run('storage --destroy c0 --yes')

  expect(stderr.join()).toMatch(/c0 is used on node2 by the vserver web0: stop that first, or pass --force/)
})

test('--destroy names all vservers, and removes them with their storage', async () => {
  const found = cluster()
  const { stdout } = await given(found).run('storage --destroy c0 --yes --force').succeeds()

  expect(stdout).toContainEqual(expect.stringContaining('this destroys c0, with the vservers db0, web0'))
  expect(readCluster(found.cib)).toMatchObject({ clouds: [bare], vservers: { complete: [], incomplete: [] } })
  expect(found.cib).not.toMatch(/web0|db0/)
})

/** What Pacemaker is to do with the vservers. */
const statesOf = ({ cib }: FakeCluster) =>
  readCluster(cib).vservers.complete.map(({ name, state }) => `${name} ${state}`)

test('--rollback names the vservers that it stops before it asks, and does not keep them stopped', async () => {
  const found = cluster()
  const { snapshots } = snapshottable(found)
  await given(found).run('storage --snapshot c0 monday').succeeds()
  let isStopped = false
  const active = found.active
  found.active = () => {
    const all = active()
    isStopped ||= all.every(({ id }) => id !== 'web0-container')
    return all
  }
  const asked: string[] = []
  const ask = async (question: string) => {
    asked.push(question)
    return 'yes'
  }
  const { stdout } = await given(found).run('storage --rollback c0 monday', { ask }).succeeds()

  expect(stdout[0]).toMatch(/WARNING: c0 is used on node2 by the vserver web0$/)
  expect(asked).toHaveLength(1)
  expect(snapshots.size).toBeGreaterThan(0)
  expect(isStopped).toBe(true)
  expect(active().map(({ id }) => id)).toContain('web0-container')
  expect(statesOf(found)).toEqual(['db0 standby', 'web0 active'])
})

test.each<[string, (found: FakeCluster) => unknown]>([
  ['storage --snapshot c0 monday', snapshottable],
  ['storage --grow c0 --size 2G', growable],
])('%s stops no vserver, and does nothing in it', async (command, prepare) => {
  const found = cluster()
  prepare(found)
  let isStopped = false
  const active = found.active
  found.active = () => {
    const all = active()
    isStopped ||= all.every(({ id }) => id !== 'web0-container')
    return all
  }
  const { stdout } = await given(found).run(command).succeeds()

  expect(stdout.join()).not.toContain('WARNING')
  expect(isStopped).toBe(false)
  expect(statesOf(found)).toEqual(['db0 standby', 'web0 active'])
  expect(found.ran.flatMap(({ words }) => words).filter(word => /web0|nsenter|machinectl/.test(word))).toEqual([])
})

test('--info names the vservers, and where they run', async () => {
  const found = cluster()
  found.failures = [{ resource: 'web0-container', node: 'node2', action: 'monitor', reason: 'its init is gone' }]
  const { stdout } = await given(found).run('storage --info c0').succeeds()

  expect(stdout).toContainEqual(expect.stringMatching(/^ +vservers: +db0 in standby, web0 on node2 \(failed\)$/))
})

test('--info --json has the state of each', async () => {
  const { stdout } = await given(cluster()).run('storage --info c0,West-1 --json').succeeds()
  const [first, second] = JSON.parse(stdout.join('\n')).storages

  expect(first.vservers).toMatchObject([
    { name: 'db0', state: 'standby', container: null },
    { name: 'web0', state: 'active', container: { node: 'node2', isFailed: false } },
  ])
  expect(second.vservers).toEqual([])
})

test('--info names a vserver that differs from what vhacs created', async () => {
  const found = cluster()
  found.cib = edited(found.cib, ({ attributes }) => (attributes.id === 'web0-mount-vserver-order' ? [] : undefined))
  const { stdout } = await given(found).run('storage --info c0').succeeds()

  expect(stdout).toContainEqual(expect.stringMatching(/unknown: +the vserver web0 differs from what vhacs created: /))
})

/** web0 may run on node2 only. */
function bannedElsewhere(): FakeCluster {
  const found = cluster()
  const side = (minor: number) =>
    ` ${minor}: cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----\n    ns:0 oos:0\n`
  for (const name of ['node1', 'node2'])
    node(found, name).system.put('/proc/drbd', `version: 8.4.11 (api:1)\n${side(c0.minor)}${side(bare.minor)}`)
  for (const elsewhere of ['node1', 'node3']) {
    const ban = {
      ...{ id: `cli-ban-web0-vserver-on-${elsewhere}`, rsc: 'web0-vserver', node: elsewhere },
      score: '-INFINITY',
    }
    found.cib = withChildren(found.cib, 'constraints', element('rsc_location', ban))
  }
  return found
}

test('node --standby is refused where a vserver would be left behind, and --check says so', async () => {
  const left = /the vserver web0 would not run on node[13]: the constraint cli-ban-web0-vserver-on-node[13] bans/
  const { stderr } = await given(bannedElsewhere()).run('node --standby node2')
  expect(stderr.join()).toMatch(left)
  expect(stderr.join()).not.toContain('would not move')

  const { stdout } = await given(bannedElsewhere()).run('cluster --check')
  expect(stdout.filter(line => left.test(line))).toEqual([expect.stringMatching(/if node2 is lost, the vserver web0/)])
})

test('--prefers does not move a mount to a node where its vserver would stay stopped', async () => {
  const found = cluster()
  const ban = { id: 'cli-ban-web0-vserver-on-node3', rsc: 'web0-vserver', node: 'node3', score: '-INFINITY' }
  found.cib = withChildren(found.cib, 'constraints', element('rsc_location', ban))
  const { stdout, stderr } = await given(found).run('storage --prefers node3 c0')

  expect([...stdout, ...stderr].join()).toContain(
    'the vserver web0 would not run on node3: the constraint cli-ban-web0-vserver-on-node3',
  )
  expect(found.ran.filter(({ words }) => words.includes('--move'))).toEqual([])
})

test('node --info names the vservers that run there', async () => {
  const { stdout } = await given(cluster()).run('node --info node2,node3').succeeds()

  expect(stdout.filter(line => line.includes('vservers'))).toEqual([expect.stringMatching(/^ +vservers: +web0$/)])
})

test('a stop waits for the containers, and then as long as ever for the mount', async () => {
  const found = cluster()
  const begun = found.system.now()
  found.active = () => {
    const seconds = (found.system.now() - begun) / 1000
    const running = [...(seconds < 250 ? ['web0-container'] : []), ...(seconds < 500 ? ['c0-filesystem'] : [])]
    return running.map(id => ({ id, node: 'node2', role: 'Started' }))
  }

  await given(found).run('storage --standby c0').succeeds()
})
