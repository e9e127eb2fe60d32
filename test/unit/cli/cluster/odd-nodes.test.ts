import { describe, expect, test } from 'vitest'
import { element } from '../../../../cloud/xml.ts'
import { type FakeCluster, fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { edited, withChildren, withNodeAttribute } from '../../cloud/cib.ts'
import { c0 } from '../../cloud/examples.ts'
import { rows } from '../../rows.ts'
import { given } from '../call.ts'

/* One odd node, or odd values about it in the CIB, make no verb fail: the node is reported, and the rest is shown. */

const GREETING = 'Welcome to node2'

/** The login shell of root on node2 prints something before each command. */
function greeting(): FakeCluster {
  const cluster = fakeCluster([c0])
  const ssh = cluster.system.tools.get('ssh')
  cluster.system.tools.set('ssh', async (args, options) => {
    const result = (await ssh?.(args, options)) ?? 1
    if (!args.includes('root@node2')) return result
    const finished = typeof result === 'number' ? { status: result } : result
    return { ...finished, stdout: `${GREETING}\n${finished.stdout ?? ''}` }
  })
  return cluster
}

describe('a login shell that prints a greeting does not hide the other nodes', () => {
  test.each([
    'cluster -M',
    'node -l',
    'storage -l',
    'storage -L',
    'storage -M',
    'node -i ALL',
    'storage -i c0',
  ])('%s', async line => {
    const { stdout } = await given(greeting()).run(line).succeeds()
    const { stdout: usual } = await given(fakeCluster([c0]))
      .run(line)
      .succeeds()
    const lines = (text: readonly string[]) =>
      text.flatMap(part => part.split('\n')).filter(found => !found.includes('node2'))
    for (const found of lines(usual).filter(found => found.includes('node1'))) expect(lines(stdout)).toContain(found)
  })

  test('the line of the node shows the reason', async () => {
    const { stdout } = await given(greeting()).run('cluster -M').succeeds()
    expect(stdout.join('\n')).toContain(
      `node2 could not be queried: node2: vgs: expected JSON, got "${GREETING}" (if root's login shell prints that, make it silent`,
    )
  })

  test('a storage is created on the others', async () => {
    await given(greeting()).run('storage -c d1 -s 1G -n node1,node3').succeeds()
  })
})

const REMOTE = element('node', { id: 'r1', type: 'remote', uname: 'r1' })
const HOSTILE = element('node', { id: '9', uname: '$(id>/tmp/x)' })

function clusterWith(...nodes: Parameters<typeof withChildren>[2][]): FakeCluster {
  const cluster = fakeCluster([c0])
  cluster.cib = withChildren(cluster.cib, 'nodes', ...nodes)
  return cluster
}

test('a remote node is not queried, and has no line', async () => {
  const cluster = clusterWith(REMOTE)
  for (const line of ['cluster -M', 'node -l', 'node -i ALL', 'storage -c d1 -s 1G', 'cluster -c'])
    await given(cluster).run(line)
  expect(cluster.ran.filter(({ words }) => words.some(word => /\br1\b/.test(word)))).toEqual([])
})

test.each(
  rows(`
    node -s storage r1       | vhacs: r1 is a remote node: only members of the cluster take roles and run storages (members: node1, node2, node3)
    node -i r1               | vhacs: r1 is a remote node:
    node -S r1               | vhacs: r1 is a remote node:
    storage -p r1 c0         | vhacs: r1 is a remote node:
    storage -c d1 -s 1G -n r1,node1 | vhacs: r1 is a remote node:
  `),
)('%s is refused, with the kind of node', async (line = '', words = '') => {
  const { stderr } = await given(clusterWith(REMOTE)).run(line).isRefused()
  expect(stderr[0]).toContain(words)
})

test('an invalid name is reported with its place, and never used', async () => {
  const cluster = clusterWith(HOSTILE)
  const place = 'name of the node with the id 9'
  for (const line of ['node -l', 'cluster -M', 'storage -l', 'cluster -c']) {
    const { stdout } = await given(cluster).run(line)
    expect(stdout.join('\n')).toContain(place)
  }
  await given(cluster).run('storage -c d1 -s 1G').succeeds()
  expect(cluster.ran.filter(({ words }) => words.some(word => word.includes('$(')))).toEqual([])
})

test('an invalid attribute is reported with its place, and the node reports its own value', async () => {
  const cluster = fakeCluster([c0])
  cluster.cib = withNodeAttribute(cluster.cib, 'node2', 'vhacs-initiator', 'iqn.x;id')
  const { stdout } = await given(cluster).run('cluster -c')
  expect(stdout.join('\n')).toContain(
    'error: cluster: node attribute vhacs-initiator of node node2: it is "iqn.x;id": an iSCSI name',
  )
  await given(cluster).run('storage -c d1 -s 1G').succeeds()
  expect(cluster.cib).toContain('iqn.2004-10.com.debian:node2')
  expect(cluster.cib).not.toContain('iqn.x;id')
})

test('an initiator name with capitals goes into the ACLs as targets compare it', async () => {
  const cluster = fakeCluster()
  node(cluster, 'node2').system.put('/etc/iscsi/initiatorname.iscsi', 'InitiatorName = iqn.1994-05.com.redhat:ABCDEF\n')
  await given(cluster).run('node -s vhost node2').succeeds()
  await given(cluster).run('storage -c d1 -s 1G').succeeds()
  expect(cluster.cib).toContain('iqn.1994-05.com.redhat:abcdef')
  expect(cluster.cib).not.toContain('ABCDEF')
})

test('the order of the attributes of a node does not matter', async () => {
  const cluster = fakeCluster([c0])
  cluster.cib = edited(cluster.cib, found => {
    if (found.name !== 'node') return undefined
    const { id = '', uname = '' } = found.attributes
    return [{ ...found, attributes: { uname, type: 'member', id } }]
  })
  await given(cluster).run('storage -c d1 -s 1G').succeeds()
})

test.each(Object.getOwnPropertyNames(Object.prototype))('an attribute of a node may be called %s', async name => {
  const cluster = fakeCluster([c0])
  cluster.cib = withNodeAttribute(cluster.cib, 'node2', name, 'x')
  const { stdout } = await given(cluster).run('node -l').succeeds()
  const { stdout: usual } = await given(fakeCluster([c0]))
    .run('node -l')
    .succeeds()
  expect(stdout).toEqual(usual)
  await given(cluster).run('compose --read')
  await given(cluster).run('storage -c d1 -s 1G').succeeds()
})

test.each(['constructor', 'valueOf', 'toString'])('a storage may be called %s', async name => {
  await given(fakeCluster([c0]))
    .run(`storage -c ${name} -s 1G`)
    .succeeds()
})
