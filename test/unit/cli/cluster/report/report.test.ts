import { describe, expect, test } from 'vitest'
import { type FakeCluster, fakeCluster, node } from '../../../../fake/cluster/cluster.ts'
import { errno } from '../../../../fake/tree.ts'
import { c0 } from '../../../cloud/examples.ts'
import { given } from '../../call.ts'
import { unpacked } from './unpacked.ts'

const PATH = '/root/x.tar.zst'

/** What a node prints that has one file and one log. */
const PRINTED = [
  'file state etc/hosts',
  ' 127.0.0.1 localhost',
  ' ',
  ' exit 0',
  'file state commands/multipath.txt',
  ' sh: 1: multipath: not found',
  ' ',
  ' exit 127',
  'file log logs/kernel.log',
  ' line 1',
  ' ',
  ' exit 0',
  'skipped logs/corosync.log',
  'end',
  '',
].join('\n')

/** A cluster whose nodes print that, or this. */
function clusterWith(printed: Readonly<Record<string, string>> = {}): FakeCluster {
  const cluster = fakeCluster([c0])
  for (const { name, system } of cluster.nodes)
    system.tools.set('sh', () => ({ status: 0, stdout: printed[name] ?? PRINTED }))
  cluster.system.put('/root/.keep', '')
  cluster.system.tools.set('vhacs', args => ({ status: args[1] === '--check' ? 1 : 0, stdout: `${args.join(' ')}\n` }))
  return cluster
}

async function report(cluster: FakeCluster) {
  const { stdout } = await given(cluster).run(`cluster --report ${PATH}`).succeeds()
  return { stdout, files: await unpacked(cluster.system, PATH) }
}

test('it contains what the nodes have, and what vhacs says, below an index', async () => {
  const cluster = clusterWith()
  const { files, stdout } = await report(cluster)
  expect([...files.keys()]).toEqual([
    'index.txt',
    ...['check.txt', 'history.txt', 'storages.txt', 'info.txt', 'vservers.txt'],
    ...['node1', 'node2', 'node3'].flatMap(name =>
      ['etc/hosts', 'commands/multipath.txt', 'logs/kernel.log'].map(path => `nodes/${name}/${path}`),
    ),
  ])
  expect(files.get('nodes/node2/etc/hosts')).toBe('127.0.0.1 localhost\n')
  expect(files.get('info.txt')).toBe('# vhacs storage --info ALL (exit status 0)\nstorage --info ALL\n')
  expect(stdout.at(-1)).toMatch(
    /^\/root\/x\.tar\.zst: 0\.0 MiB, 15 files; the first, index\.txt, says what is missing$/,
  )
})

test('root alone may read it', async () => {
  const cluster = clusterWith()
  await report(cluster)
  expect(cluster.system.stat(PATH).permissions).toBe(0o600)
})

test('the index says when, where and by what it was made, what is missing, and why', async () => {
  const cluster = clusterWith()
  cluster.system.tools.delete('vhacs')
  node(cluster, 'node3').isUp = false
  const { files, stdout } = await report(cluster)
  const index = files.get('index.txt')?.split('\n') ?? []
  expect(index[0]).toMatch(/^Report of vhacs \S+, made on node1 at \d{4}-\d\d-\d\dT[\d:.]+Z$/)
  expect(index).toContain('Nodes: node1, node2, node3')
  expect(index).toContain('  node1: commands/multipath.txt: exited with 127')
  expect(index).toContain('  node1: logs/corosync.log: left out, for lack of time or because there are too many')
  expect(index).toContain('  node2: commands/cib.xml: missing, because the node printed too much or was interrupted')
  expect(index).toContainEqual(expect.stringMatching(/^ {2}node3: nothing: .*No route to host/))
  expect(index).toContainEqual(expect.stringMatching(/^ {2}check\.txt: .*command not found/))
  expect(index).toContain('  nodes/node2/logs/kernel.log')
  expect(stdout).toContainEqual(expect.stringMatching(/^node3 is missing: .*No route to host/))
})

test('without Pacemaker, of the nodes that corosync is configured for', async () => {
  const cluster = clusterWith()
  cluster.disturb = ({ words }) => (words[0] === 'cibadmin' ? 'fails' : undefined)
  cluster.system.put(
    '/etc/corosync/corosync.conf',
    'nodelist {\n node {\n  name: node1\n  ring0_addr: x\n }\n node {\n  name: node2\n }\n}\n',
  )
  const { files } = await report(cluster)
  expect(files.get('index.txt')).toContain('Nodes: node1, node2\n')
  expect(files.get('index.txt')).toContain(
    '  the nodes are those of /etc/corosync/corosync.conf, because the CIB cannot be read: cibadmin --query exited with 99',
  )
})

test('without corosync, of this node', async () => {
  const cluster = clusterWith()
  cluster.disturb = ({ words }) => (words[0] === 'cibadmin' ? 'fails' : undefined)
  const { files } = await report(cluster)
  expect(files.get('index.txt')).toContain('Nodes: node1\n')
})

describe('the file', () => {
  test('that exists is kept', async () => {
    const cluster = clusterWith()
    cluster.system.put(PATH, 'mine')
    await given(cluster)
      .run(`cluster --report ${PATH}`)
      .isRefused('vhacs: /root/x.tar.zst exists: give another name, or remove it first')
    expect(cluster.system.read(PATH)).toBe('mine')
    expect(cluster.ran).toEqual([])
  })

  test('that appears meanwhile is kept', async () => {
    const cluster = clusterWith()
    cluster.system.tools.set('vhacs', () => {
      cluster.system.put(PATH, 'mine')
      return 0
    })
    await given(cluster)
      .run(`cluster --report ${PATH}`)
      .isRefused('vhacs: /root/x.tar.zst exists: give another name, or remove it first')
    expect(cluster.system.read(PATH)).toBe('mine')
  })

  test.each(['x', '-', '/root/x.tgz', '/root/.tar.zst'])('%s has no name of a report', async path => {
    await given(clusterWith())
      .run(`cluster --report ${path}`)
      .isRefused(/the name of a report ends in \.tar\.zst, as \/root\/cluster\.tar\.zst does$/)
  })

  test.each(['ENOSPC', 'EDQUOT'])('for which there is no room (%s)', async code => {
    const cluster = clusterWith()
    Object.assign(cluster.system, {
      createFile: async () => {
        throw errno(code, 'write', PATH)
      },
    })
    await given(cluster)
      .run(`cluster --report ${PATH}`)
      .fails('vhacs: there is no room for /root/x.tar.zst (0.0 MiB): free some, or write it to another file system')
  })

  test('in a directory that does not exist', async () => {
    await given(clusterWith())
      .run('cluster --report /none/x.tar.zst')
      .fails(/^vhacs: .*\/none/)
  })
})

test('a dry run lists what would be collected, and asks no node', async () => {
  const cluster = clusterWith()
  const { stdout } = await given(cluster).run(`cluster --report ${PATH} --dry-run`).succeeds()
  expect(stdout[0]).toBe('from node1, node2, node3:')
  expect(stdout).toContain('    /etc/drbd.d/*')
  expect(stdout).toContain('    logs/pacemaker.log')
  expect(stdout.at(-1)).toBe(`write ${PATH}`)
  expect(cluster.ran.map(({ words }) => words[0])).toEqual(['cibadmin'])
  expect(cluster.system.changes.filter(change => change.startsWith('create'))).toEqual([])
})

test('an interruption writes nothing', async () => {
  const cluster = clusterWith()
  const controller = new AbortController()
  cluster.system.tools.set('vhacs', () => {
    controller.abort(new Error('interrupted (SIGINT)'))
    return 0
  })
  await given(cluster)
    .run(`cluster --report ${PATH}`, { interruption: controller.signal })
    .fails('vhacs: interrupted (SIGINT)')
  expect(cluster.system.changes.filter(change => change.startsWith('create'))).toEqual([])
})

test('-V 2 shows nothing of what the nodes print, which has secrets', async () => {
  const cluster = clusterWith({ node2: 'file state x\n top-secret-value\n \n exit 0\nend\n' })
  const { stderr } = await given(cluster).run(`cluster --report ${PATH} -V 2`)
  expect(stderr.join('\n')).toContain('node2: sh -s --')
  expect(stderr.join('\n')).not.toContain('top-secret-value')
})

test('each node is asked in one call', async () => {
  const cluster = clusterWith()
  await report(cluster)
  const asked = cluster.system.commands.filter(
    words => words.includes('root@node2') && words.at(-1)?.startsWith("'sh' '-s'"),
  )
  expect(asked).toHaveLength(1)
})
