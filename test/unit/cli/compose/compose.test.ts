import { describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { readFile } from '../../../../cloud/file/read-file.ts'
import { element } from '../../../../cloud/xml.ts'
import { type FakeCluster, fakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { resourceFiles } from '../../../fake/cluster/drbdadm.ts'
import { file } from '../../../fake/tree.ts'
import {
  cibOf,
  edited,
  forgetInitiator,
  withMembership,
  withNodeAttribute,
  withPromotionScore,
} from '../../cloud/cib.ts'
import { c0 as example } from '../../cloud/examples.ts'
import { simulate } from '../../cloud/pacemaker.ts'
import { contentOf, given } from '../call.ts'

const names = ['node1', 'node2', 'node3']
/** An existing cloud on node1 and node2, which all nodes may mount. */
const c0 = {
  ...example,
  address: '192.0.2.100',
  iqn: 'iqn.2026-01.org.vhacs:lab:c0',
  initiators: names.map(name => `iqn.2004-10.com.debian:${name}`),
}

/** The CIB of a cluster in which c0 runs. */
let running: string | undefined

function runningCib({ cib: empty }: FakeCluster): string {
  const scored = ['node1', 'node2'].reduce((cib, name) => withPromotionScore(cib, name, 'c0-drbd', 10000), empty)
  return [1, 2, 3, 4].reduce(cib => simulate(cib).cib, scored)
}

/** A cluster in which c0 runs, and a file with this text. */
function clusterWith(text: string, answering: readonly string[] = []): FakeCluster {
  const cluster = fakeCluster([c0])
  for (const address of answering) cluster.answering.add(address)
  running ??= runningCib(cluster)
  cluster.cib = running
  cluster.system.put('/root/clouds.yaml', text)
  return cluster
}

/** Changes an attribute of the CIB while our change is being checked, this many times. */
function overtake(cluster: FakeCluster, times: number, id: string, name: string, value: string): () => number {
  let overtaken = 0
  cluster.disturb = ({ words: [tool] }) => {
    if (tool !== 'crm_verify' || overtaken === times) return undefined
    overtaken += 1
    const changed = edited(cluster.cib, found =>
      found.attributes.id === id ? [{ ...found, attributes: { ...found.attributes, [name]: value } }] : undefined,
    )
    // as every change does
    cluster.cib = changed.replace(/ epoch="(\d+)"/, (_, epoch: string) => ` epoch="${Number(epoch) + 1}"`)
    return undefined
  }
  return () => overtaken
}

const compose = (cluster: FakeCluster, options = '') => given(cluster).run(`compose /root/clouds.yaml ${options}`)
const cloudsIn = ({ cib }: FakeCluster) => readCluster(cib).clouds

describe('vhacs compose FILE', () => {
  test('prints for crm configure what the file and the cluster define, and changes nothing', async () => {
    const cluster = clusterWith('clouds: [{name: c0}, {name: c1, size: 1G}]\n')
    const before = contentOf(cluster)

    const { stdout } = await compose(cluster).succeeds()
    expect(stdout).toContain('primitive c0-lvm ocf:vhacs:lvm-volume \\')
    expect(stdout).toContain('primitive c1-lvm ocf:vhacs:lvm-volume \\')
    expect(stdout.join('\n')).toMatch(
      /# Cloud c1: data on node\d and node\d, exported at 192\.0\.2\.101, mounted on \/clouds\/c1\./,
    )
    expect(contentOf(cluster)).toEqual(before)
  })

  test('prints for cibadmin and for pcs', async () => {
    const cluster = clusterWith('nodes: [{name: node3, roles: [vhost]}]\nclouds: [{name: c0}]\n')

    const xml = (await compose(cluster, '--format xml')).stdout.join('\n')
    const pcs = (await compose(cluster, '--format pcs')).stdout

    expect(xml).toMatch(/^<configuration>\n {2}<nodes>\n {4}<node id="3" uname="node3">/)
    expect(xml).toContain('<clone id="c0-lvm-clone">')
    expect(pcs).toContain('pcs -f cib.xml node attribute node3 vhacs-vhost=true')
    expect(pcs).toContainEqual(
      expect.stringMatching(/^pcs -f cib\.xml resource create c0-lvm ocf:vhacs:lvm-volume volume=c0/),
    )
  })

  test("uses the CIB in a file instead of the cluster's, and queries no node", async () => {
    const cluster = clusterWith('clouds: [{name: c0}]\n')
    cluster.system.put('/root/cib.xml', cibOf({ clouds: [{ ...c0, directory: '/elsewhere' }], nodes: names }))

    const { stdout } = await compose(cluster, '--file /root/cib.xml')

    expect(stdout.join('\n')).toContain('directory=/elsewhere')
    expect(cluster.ran).toEqual([])
  })

  test('does not need a cluster', async () => {
    const cluster = clusterWith(`
networks: {storage: {addresses: 10.0.0.1-10.0.0.9/24}}
nodes:
  - {name: a, roles: [storage, vhost], initiator: iqn.2026-01.org.example:a}
  - {name: b, roles: [storage]}
clouds: [{name: c0, size: 1G}]
`)

    const { stdout } = await compose(cluster, '--offline').succeeds()
    expect(stdout.join('\n')).toContain('exported at 10.0.0.1,')
    expect(stdout.join('\n')).not.toContain('node a')
    expect(cluster.ran).toEqual([])
  })

  test('an unreachable node for a new cloud is a failure (1), not a problem of the file', async () => {
    const cluster = clusterWith('clouds: [{name: c1, size: 1G}]\n')
    forgetInitiator(cluster, 'node2')
    node(cluster, 'node2').isUp = false

    const { status, stderr } = await compose(cluster, '--apply')

    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: [
        expect.stringMatching(/initiator name of node2 is not known \(ssh root@node2 exited with 255/),
        'vhacs: /root/clouds.yaml cannot be resolved while a node is unreachable; nothing was changed',
      ],
    })
  })

  test('reports all problems of the file and with the cluster, each with its position, and is a wrong call', async () => {
    const cluster = clusterWith('clouds:\n  - name: c0\n    minor: 4\n  - name: c1\n    sise: 1G\n')

    const { stderr } = await compose(cluster).isRefused(undefined, [])
    expect(stderr).toEqual([
      '/root/clouds.yaml:3:12: minor of c0 is 0 and cannot change while the cloud exists',
      expect.stringContaining('/root/clouds.yaml:4:5: size is missing, and the cloud is new'),
      expect.stringContaining('/root/clouds.yaml:5:5: "sise" is not a key here'),
      'vhacs: /root/clouds.yaml has 3 problems; nothing was changed',
    ])
  })

  test.each([
    ['the file is not there', 'compose /root/none.yaml', '/root/none.yaml does not exist'],
    ['the format is unknown', 'compose /root/clouds.yaml --format json', 'expected crm, xml, pcs, drbd, got "json"'],
    [
      'there is nothing to compare with',
      'compose /root/clouds.yaml --diff --offline',
      '--offline is not an option of --diff',
    ],
  ])('is a wrong call when %s', async (_case, line, message) => {
    const { stderr } = await given(clusterWith('clouds: []\n')).run(line).isRefused()
    expect(stderr.join('\n')).toContain(message)
  })
})

describe('vhacs compose FILE --diff', () => {
  test('reports that there are no changes', async () => {
    await compose(clusterWith('clouds: [{name: c0}]\n'), '--diff').succeeds(['nothing changes'])
  })

  test("reports the changes and Pacemaker's reaction, and changes nothing", async () => {
    const cluster = clusterWith(`
nodes: [{name: node3, roles: [storage, vhost]}]
clouds:
  - {name: c0, options: ro, vhosts: [node3]}
  - {name: c1, size: 1G, storage: [node3, node1]}
`)
    const before = contentOf(cluster)

    const { stdout } = await compose(cluster, '--diff').succeeds()
    expect(stdout).toEqual([
      expect.stringMatching(
        /^\+ cloud c1: 1G on node3 and node1, exported at 192\.0\.2\.101, mounted on \/clouds\/c1, by node\d/,
      ),
      '~ cloud c0',
      '    preferred vhosts: node2, node1 -> node3',
      '    mount options: noatime -> ro',
      'Pacemaker would do:',
      '    c0-filesystem: restart on node2',
      '    c1-drbd: start on node1',
      '    c1-drbd: start on node3',
      '    c1-lvm: start on node1',
      '    c1-lvm: start on node3',
      '! cloud c0 is interrupted: it is unmounted, and its users lose access',
    ])
    expect(contentOf(cluster)).toEqual(before)
  })

  test('distinguishes a cloud whose I/O is paused from one that is unmounted', async () => {
    const cluster = clusterWith('clouds: [{name: c0, initiators: [iqn.2026-01.org.example:backup]}]\n')

    const { stdout } = await compose(cluster, '--diff')

    expect(stdout).toEqual([
      '~ cloud c0',
      '    initiator iqn.2026-01.org.example:backup may log in',
      'Pacemaker would do:',
      '    c0-address: restart on node1',
      '    c0-target: restart on node1',
      '! cloud c0 is interrupted: its I/O is paused until its export is back',
    ])
  })

  test('leaves out the actions that Pacemaker would run anyway', async () => {
    const cluster = clusterWith('clouds: [{name: c0, vhosts: [node3]}]\n')
    cluster.cib = withMembership(cluster.cib, 'node1', 'left')

    const { stdout } = await compose(cluster, '--diff')

    expect(stdout.join('\n')).not.toContain('c0-target')
  })

  test('lists clouds that are not in the file, and does not change them', async () => {
    const { stdout } = await compose(clusterWith('clouds: []\n'), '--diff')

    expect(stdout).toEqual([
      'nothing changes',
      '  cloud c0 is not in the file: it stays as it is (vhacs storage --destroy c0 removes it with its data)',
    ])
  })

  test.each([
    ['is smaller', 'size: 512M', 'cloud c0 never shrinks: 512M in the file, 1G on its volume'],
    [
      'is larger, of a cloud in standby',
      'size: 2G, state: standby',
      'cloud c0 grows only while it runs: 2G in the file, 1G on its volume',
    ],
  ])('reports a size that it cannot change: it %s', async (_, wanted, note) => {
    const { stdout } = await compose(clusterWith(`clouds: [{name: c0, ${wanted}}]\n`), '--diff')

    expect(stdout).toContain(note)
  })

  test('works although a node is down, and reports it', async () => {
    const cluster = clusterWith('clouds: [{name: c0, vhosts: [node3]}]\n')
    node(cluster, 'node3').isUp = false

    const { stdout } = await compose(cluster, '--diff').succeeds()
    expect(stdout).toContainEqual(expect.stringMatching(/^node3 could not be queried: ssh root@node3 exited with 255/))
  })

  test('repairs a cloud that lacks a part', async () => {
    const cluster = clusterWith('clouds: [{name: c0}]\n')
    cluster.cib = edited(cluster.cib, ({ attributes }) => (attributes.id === 'c0-drbd-export-order' ? [] : undefined))

    const { stdout } = await compose(cluster, '--diff')

    expect(stdout.slice(0, 2)).toEqual(['~ cloud c0', '    repair: the constraint c0-drbd-export-order is missing'])
  })

  test('prints JSON', async () => {
    const { stdout } = await compose(clusterWith('clouds: [{name: c0, options: ro}]\n'), '--diff --json')

    expect(JSON.parse(stdout.join('\n'))).toEqual({
      added: [],
      changed: [{ name: 'c0', lines: ['mount options: noatime -> ro'] }],
      nodes: [],
      grown: [],
      replaced: [],
      absent: [],
      actions: [{ task: 'restart', resource: 'c0-filesystem', from: 'node2', to: null }],
      interrupted: [{ cloud: 'c0', how: 'unmounted' }],
      vservers: { added: [], changed: [], absent: [], stopped: [] },
      notes: [],
    })
  })
})

describe('vhacs compose FILE --apply', () => {
  test('changes only the differences from the file', async () => {
    const cluster = clusterWith('nodes: [{name: node1, roles: [storage]}]\nclouds: [{name: c0, vhosts: [node3]}]\n')
    cluster.cib = edited(cluster.cib, found =>
      found.name === 'constraints'
        ? [
            {
              ...found,
              children: [
                ...found.children,
                element('rsc_location', { id: 'mine', rsc: 'c0-mount', node: 'node3', score: '5' }),
              ],
            },
          ]
        : undefined,
    )

    await compose(cluster, '--apply --interrupt').succeeds()
    expect(cloudsIn(cluster)).toEqual([{ ...c0, preferredVhosts: ['node3'], initiators: c0.initiators.slice(1) }])
    expect(readCluster(cluster.cib).nodes[0]?.attributes).toEqual({
      'vhacs-storage': 'true',
      'vhacs-initiator': 'iqn.2004-10.com.debian:node1',
    })
    expect(cluster.cib).toContain('id="mine"')
  })

  test('a second time changes nothing', async () => {
    const cluster = clusterWith('clouds: [{name: c0, vhosts: [node3]}]\n')
    await compose(cluster, '--apply')
    const { cib } = cluster

    await compose(cluster, '--apply').succeeds(['nothing changes'])
    expect(readCluster(cluster.cib)).toEqual(readCluster(cib))
  })

  test('creates new clouds, with their data', async () => {
    const cluster = clusterWith('clouds: [{name: c1, size: 1G, storage: [node3, node1]}, {name: c2, size: 64M}]\n')

    await compose(cluster, '--apply').succeeds()
    expect(cloudsIn(cluster).map(({ name, minor, address }) => [name, minor, address])).toEqual([
      ['c0', 0, '192.0.2.100'],
      ['c1', 1, '192.0.2.101'],
      ['c2', 2, '192.0.2.102'],
    ])
    expect(node(cluster, 'node3').volumes.get('c1')).toMatchObject({
      sizeBytes: 2 ** 30,
      hasMetadata: true,
      hasFilesystem: true,
    })
    expect(node(cluster, 'node1').volumes.has('c1')).toBe(true)
  })

  test('creates a new cloud in standby, and does not wait for its mount', async () => {
    const cluster = clusterWith('clouds: [{name: c1, size: 1G, state: standby}]\n')

    const { stdout } = await compose(cluster, '--apply').succeeds()
    expect(stdout.at(-1)).toContain('c1 is created')
    expect(cloudsIn(cluster)[1]).toMatchObject({ name: 'c1', state: 'standby' })
  })

  test('takes DRBD’s addresses from the network that the file names', async () => {
    const cluster = clusterWith(
      'networks: {replication: {subnet: 192.0.2.0/24}}\nclouds: [{name: c1, size: 1G, storage: [node3, node1]}]\n',
    )

    await compose(cluster, '--apply')

    expect(node(cluster, 'node1').system.read('/etc/drbd.d/c1.res')).toContain('address 192.0.2.3:7801;')
  })

  test('changes nothing when a node has no address in that network', async () => {
    const cluster = clusterWith(
      'networks: {replication: {subnet: 10.9.9.0/24}}\nclouds: [{name: c0, vhosts: [node3]}, {name: c1, size: 1G}]\n',
    )
    const before = contentOf(cluster)

    const { stderr } = await compose(cluster, '--apply').isRefused()
    expect(stderr.join()).toMatch(/node\d has no address in the replication network \(addresses: 192\.0\.2\.\d\)/)
    expect(contentOf(cluster)).toEqual(before)
  })

  test('rolls back a new cloud that fails, and keeps the other changes', async () => {
    const cluster = clusterWith('clouds: [{name: c0, vhosts: [node3]}, {name: c1, size: 1G}]\n')
    cluster.disturb = ({ words: [tool] }) => (tool === 'mkfs.ext3' ? 'fails' : undefined)

    await compose(cluster, '--apply').fails()
    expect(cloudsIn(cluster)).toEqual([{ ...c0, preferredVhosts: ['node3'] }])
    for (const { volumes, ...one } of cluster.nodes) {
      expect([...volumes.keys()]).not.toContain('c1')
      expect(resourceFiles({ volumes, ...one })).not.toContain('c1.res')
    }
  })

  test('refuses to interrupt a running cloud without --interrupt', async () => {
    const cluster = clusterWith('clouds: [{name: c0, options: ro}]\n')
    const before = contentOf(cluster)

    const refused = await compose(cluster, '--apply')
    expect(refused.status).toBe(2)
    expect(refused.stdout).toContain('! cloud c0 is interrupted: it is unmounted, and its users lose access')
    expect(refused.stderr).toEqual([
      'vhacs: this would interrupt c0; pass --interrupt to proceed (nothing was changed)',
    ])
    expect(contentOf(cluster)).toEqual(before)

    await compose(cluster, '--apply --interrupt').succeeds()
    expect(cloudsIn(cluster)).toEqual([{ ...c0, mountOptions: 'ro' }])
  })

  test('does not choose an address at which a host answers', async () => {
    const cluster = clusterWith('clouds: [{name: c1, size: 1G}]\n', ['192.0.2.101', '192.0.2.102'])

    await compose(cluster, '--apply')

    expect(cloudsIn(cluster)[1]?.address).toBe('192.0.2.103')
  })

  test('refuses an address at which a host answers', async () => {
    const cluster = clusterWith('clouds:\n  - name: c1\n    size: 1G\n    address: 192.0.2.50\n', ['192.0.2.50'])

    const { stderr } = await compose(cluster, '--apply').isRefused()
    expect(stderr[0]).toContain('/root/clouds.yaml:4:14: a host already answers at 192.0.2.50')
  })

  test('reads the CIB again when another program changes it meanwhile, and both changes are kept', async () => {
    const cluster = clusterWith('clouds: [{name: c0, vhosts: [node3]}]\n')
    const overtaken = overtake(cluster, 2, 'c0-mount-meta_attributes-resource-stickiness', 'value', '7')

    const { status, stdout } = await compose(cluster, '--apply')

    expect({ status, overtaken: overtaken() }).toEqual({ status: 0, overtaken: 2 })
    expect(stdout.filter(line => line === '~ cloud c0')).toHaveLength(1)
    expect(cloudsIn(cluster)[0]?.preferredVhosts).toEqual(['node3'])
    expect(cluster.cib).toMatch(/name="resource-stickiness" value="7"/)
  })

  test('refuses if a change by another program has meanwhile turned it into an interruption', async () => {
    const cluster = clusterWith('clouds: [{name: c0, vhosts: [node3]}]\n')
    // node1 may no longer mount, so it must be removed from the ACL
    overtake(cluster, 1, 'node1-vhacs-vhost', 'value', 'false')

    await compose(cluster, '--apply').isRefused(expect.stringContaining('this would interrupt c0'))
    expect(cloudsIn(cluster)[0]?.preferredVhosts).toEqual(['node2', 'node1'])
  })

  test('fails when the CIB keeps changing', async () => {
    const cluster = clusterWith('clouds: [{name: c0, vhosts: [node3]}]\n')
    overtake(cluster, 100, 'c0-mount-meta_attributes-resource-stickiness', 'value', '7')

    await compose(cluster, '--apply').fails(
      'vhacs: the CIB kept changing during all of 20 attempts; nothing was changed',
    )
  }, 120_000)

  test('removes clouds that are not in the file from the cluster with --detach, and keeps their data', async () => {
    const cluster = clusterWith('clouds: []\n')

    await compose(cluster, '--apply --detach').isRefused()
    expect(cloudsIn(cluster)).toEqual([c0])

    const { stdout } = await compose(cluster, '--apply --detach --interrupt').succeeds()
    expect(stdout.at(-1)).toContain('c0 is removed from the cluster; its volumes and /etc/drbd.d/c0.res stay')
    expect(cloudsIn(cluster)).toEqual([])
    expect(node(cluster, 'node1').volumes.has('c0')).toBe(true)
    expect(resourceFiles(node(cluster, 'node2'))).toContain('c0.res')
  })

  test('adopts a cloud that was detached, with its data, with --attach', async () => {
    const cluster = clusterWith('clouds: []\n')
    await compose(cluster, '--apply --detach --interrupt')
    cluster.system.put('/root/clouds.yaml', 'clouds:\n  - {name: c0, address: 192.0.2.100}\n')
    const before = contentOf(cluster)

    const refused = await compose(cluster, '--apply')
    expect(refused.status).toBe(2)
    expect(refused.stderr[0]).toContain('size is missing')
    cluster.system.put(
      '/root/clouds.yaml',
      'clouds:\n  - {name: c0, size: 1G, address: 192.0.2.100, storage: [node1, node2]}\n',
    )
    expect((await compose(cluster, '--apply')).stderr[0]).toContain(
      'node1 already has a volume vhacs/c0: choose another name, remove the volume if nobody needs its data, or adopt it with',
    )
    expect(contentOf(cluster)).toEqual(before)

    const { stdout } = await compose(cluster, '--apply --attach').succeeds()
    expect(stdout[0]).toContain('+ cloud c0: existing data on node1 and node2, exported at 192.0.2.100')
    expect(stdout.at(-1)).toContain('c0 is mounted')
    expect(cloudsIn(cluster)).toMatchObject([{ name: 'c0', minor: c0.minor, storageNodes: c0.storageNodes }])
    expect(contentOf(cluster).nodes).toEqual(before.nodes)
  })

  test('keeps the data in place when an attached cloud cannot be mounted', async () => {
    const cluster = clusterWith('clouds: []\n')
    await compose(cluster, '--apply --detach --interrupt')
    cluster.system.put('/root/clouds.yaml', 'clouds: [{name: c0}]\n')
    const before = contentOf(cluster)
    cluster.active = () => []

    const { stderr } = await compose(cluster, '--apply --attach').fails()
    expect(stderr[0]).toContain('is not mounted')
    expect(contentOf(cluster)).toEqual(before)
  }, 30_000)

  describe('changes nothing if a file with a secret', () => {
    const chap = 'chap: {user: u, secret: /etc/vhacs/a, mutual: {user: t, secret: /etc/vhacs/b}}'
    const withSecrets = (change: Readonly<Record<string, string>>) => {
      const cluster = clusterWith(`clouds:\n  - {name: c1, size: 1G, ${chap}}\n`)
      for (const { name, system } of cluster.nodes)
        system.tools.set('stat', args => {
          const said = args.slice(args.indexOf('--') + 1).map(path => change[`${name} ${path}`] ?? `0 600 ${path}`)
          const lines = said.filter(line => line !== '').map(line => `${line}\n`)
          return { status: lines.length === said.length ? 0 : 1, stdout: lines.join('') }
        })
      return cluster
    }

    test.each([
      ['is missing on a node', { 'node3 /etc/vhacs/a': '' }, '2:50', '/etc/vhacs/a does not exist on node3'],
      [
        'belongs to somebody',
        { 'node1 /etc/vhacs/b': '7 600 /etc/vhacs/b' },
        '2:90',
        '/etc/vhacs/b is not owned by root on node1',
      ],
      [
        'is there for others',
        { 'node2 /etc/vhacs/a': '0 640 /etc/vhacs/a' },
        '2:50',
        '/etc/vhacs/a is accessible to users other than its owner',
      ],
    ])('%s', async (_case, change, place, message) => {
      const cluster = withSecrets(change)
      const before = contentOf(cluster)

      const { stderr } = await compose(cluster, '--apply').isRefused()
      expect(stderr[0]).toContain(`/root/clouds.yaml:${place}: ${message}`)
      expect(contentOf(cluster)).toEqual(before)
    })

    test('is missing on a node that becomes a vhost, although the cloud does not change', async () => {
      const text = 'nodes: [{name: node3, roles: [storage, vhost]}]\nclouds: [{name: c0}]\n'
      const chap = { initiator: { user: 'u', secret: '/etc/vhacs/a' }, target: undefined }
      const cluster = fakeCluster([{ ...c0, chap }])
      cluster.system.put('/root/clouds.yaml', text)
      for (const name of ['node1', 'node2'])
        node(cluster, name).system.put('/etc/vhacs/a', { ...file('secret-of-CHAP'), permissions: 0o600 })
      await compose(cluster, '--apply').succeeds()
      cluster.cib = withNodeAttribute(cluster.cib, 'node3', 'vhacs-vhost', 'false')
      const { stderr } = await compose(cluster, '--apply').isRefused()
      expect(stderr[0]).toContain('/root/clouds.yaml:2:')
      expect(stderr[0]).toContain('/etc/vhacs/a does not exist on node3')
    })

    test('is valid, the change is made', async () => {
      const cluster = withSecrets({})

      await compose(cluster, '--apply').succeeds()
      expect(cloudsIn(cluster)[1]?.chap).toMatchObject({ initiator: { user: 'u', secret: '/etc/vhacs/a' } })
    })
  })

  test('changes the CIB that CIB_file names, as the tools of Pacemaker do', async () => {
    const cluster = clusterWith(`
nodes: [${names.map(name => `{name: ${name}, initiator: "iqn.2004-10.com.debian:${name}"}`).join(', ')}]
clouds: [{name: c0, options: ro}]
`)
    cluster.system.put('/root/cib.xml', cibOf({ clouds: [c0], nodes: names }))
    const before = contentOf(cluster)

    await given(cluster).run('compose /root/clouds.yaml --apply', { cibFile: '/root/cib.xml' }).succeeds()
    expect(readCluster(cluster.system.read('/root/cib.xml')).clouds).toMatchObject([{ name: 'c0', mountOptions: 'ro' }])
    expect(contentOf(cluster)).toEqual(before)
  })

  test('changes a CIB in a file, where a new cloud is only configured', async () => {
    const cluster = clusterWith(`
networks: {storage: {addresses: 192.0.2.100-192.0.2.109/24}}
nodes: [${names.map(name => `{name: ${name}, roles: [storage, vhost], initiator: "iqn.2004-10.com.debian:${name}"}`).join(', ')}]
clouds: [{name: c0, options: ro}, {name: c1, size: 1G}]
`)
    cluster.system.put('/root/cib.xml', cibOf({ clouds: [c0], nodes: names }))

    await compose(cluster, '--apply --file /root/cib.xml').succeeds()
    const inFile = readCluster(cluster.system.read('/root/cib.xml'))
    expect(inFile.clouds).toMatchObject([
      { ...c0, mountOptions: 'ro' },
      { name: 'c1', minor: 1 },
    ])
    expect(cloudsIn(cluster)).toEqual([c0])
    expect(node(cluster, 'node1').volumes.has('c1')).toBe(false)
  })

  test('in a dry run changes no CIB in a file, and leaves nothing beside it', async () => {
    const cluster = clusterWith(`
nodes: [${names.map(name => `{name: ${name}, initiator: "iqn.2004-10.com.debian:${name}"}`).join(', ')}]
clouds: [{name: c0, options: ro}]
`)
    cluster.system.put('/root/cib.xml', cibOf({ clouds: [c0], nodes: names }))
    const before = cluster.system.read('/root/cib.xml')

    const { stdout } = await compose(cluster, '--apply --dry-run --file /root/cib.xml').succeeds()
    expect(stdout).toContainEqual(expect.stringMatching(/^node1: cibadmin --patch --xml-pipe$/))
    expect(cluster.system.read('/root/cib.xml')).toBe(before)
    expect(cluster.system.list('/root')).toEqual(['cib.xml', 'clouds.yaml'])
    expect(cluster.system.list('/tmp')).toEqual([])
  })

  test('prints the changes in a dry run, and makes none', async () => {
    const cluster = clusterWith('clouds: [{name: c0, vhosts: [node3]}, {name: c1, size: 1G}]\n')
    const before = contentOf(cluster)

    const { stdout } = await compose(cluster, '--apply --dry-run').succeeds()
    expect(stdout.join('\n')).toContain('lvcreate')
    expect(stdout.join('\n')).toContain('cibadmin --patch')
    expect(contentOf(cluster)).toEqual(before)
  })
})

describe('vhacs compose --read', () => {
  test('prints a file that describes the cluster, and whose application changes nothing', async () => {
    const cluster = clusterWith('')

    const { stdout } = await given(cluster).run('compose --read').succeeds()
    const { configuration, problems } = readFile(stdout.join('\n'))
    expect(problems).toEqual([])
    expect(configuration?.clouds).toMatchObject([{ name: 'c0', sizeBytes: 2 ** 30, minor: 0, moreInitiators: [] }])

    cluster.system.put('/root/clouds.yaml', stdout.join('\n'))
    expect((await compose(cluster, '--diff')).stdout).toEqual(['nothing changes'])
  })

  test('reads a CIB in a file, without sizes', async () => {
    const cluster = clusterWith('')
    cluster.system.put('/root/cib.xml', cibOf({ clouds: [c0], nodes: names }))

    const { stdout } = await given(cluster).run('compose --read --file /root/cib.xml')

    const { configuration, problems } = readFile(stdout.join('\n'))
    expect(problems).toEqual([])
    expect(configuration?.clouds).toMatchObject([
      { name: 'c0', sizeBytes: undefined, storageNodes: ['node1', 'node2'] },
    ])
    expect(cluster.ran).toEqual([])
  })
})
