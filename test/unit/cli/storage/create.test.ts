import { describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import {
  type Failure,
  type FakeCluster,
  fakeCluster,
  isLocking,
  isReading,
  node,
  type Ran,
} from '../../../fake/cluster/cluster.ts'
import { resourceFiles } from '../../../fake/cluster/drbdadm.ts'
import type { FakeNode } from '../../../fake/cluster/storage-node.ts'
import { forgetInitiator, withMembership, withNodeAttribute } from '../../cloud/cib.ts'
import { c0 as example } from '../../cloud/examples.ts'
import { contentOf, given } from '../call.ts'

const GIB = 2 ** 30
const CREATE = 'storage --create c1 --size 1G'
const ON_1_AND_2 = `${CREATE} --nodes node1,node2`
const ONE_ADDRESS = 'STORAGE_IFNAME = "eth1"\nSERVICE_ADDRESSES = "192.0.2.100-192.0.2.100/24"\n'
/** Another cloud, on node1 and node2. */
const c0 = { ...example, address: '192.0.2.100', iqn: 'iqn.2026-01.org.vhacs:lab:c0' }

const cloudIn = ({ cib }: FakeCluster, name = 'c1') => readCluster(cib).clouds.find(cloud => cloud.name === name)
const holding = ({ nodes }: FakeCluster) => nodes.filter(({ volumes }) => volumes.has('c1')).map(({ name }) => name)
/** Another, unknown DRBD resource, with that name or its own. */
const RESOURCE_C1 = 'resource c1 {\n  device /dev/drbd8;\n}\n'
const RESOURCE_OWN = RESOURCE_C1.replace('c1', 'own')
const filesOfDrbd = ({ system }: FakeNode) => system.list('/etc/drbd.d').filter(name => name !== 'global_common.conf')
const withoutVolumeGroup = (cluster: FakeCluster, name: string) => Object.assign(node(cluster, name), { sizeBytes: 0 })
const putVolume = ({ volumes }: FakeNode, name: string, sizeBytes = GIB) =>
  volumes.set(name, { sizeBytes, tags: [], isActive: false, hasMetadata: false, hasFilesystem: false })

describe('a new cloud', () => {
  test('has a volume of that size on two nodes, inactive until the cluster activates it', async () => {
    const cluster = fakeCluster()
    await given(cluster).run('storage --create c1 --size 1.5G').succeeds()
    const volumes = ['node1', 'node2'].map(name => node(cluster, name).volumes.get('c1'))
    const wanted = { sizeBytes: 1.5 * GIB, isActive: false, hasMetadata: true }
    expect(volumes).toEqual([expect.objectContaining(wanted), expect.objectContaining(wanted)])
    expect(node(cluster, 'node3').volumes.size).toBe(0)
  })

  test('has the same DRBD configuration on both nodes, and is down there', async () => {
    const cluster = fakeCluster()
    await given(cluster).run(CREATE)
    const [first, second] = ['node1', 'node2'].map(name => node(cluster, name))
    const text = first?.system.read('/etc/drbd.d/c1.res')
    expect(text).toContain('on node1 {\n\t\taddress 192.0.2.1:7800;')
    expect(text).toContain('on node2 {\n\t\taddress 192.0.2.2:7800;')
    expect(second?.system.read('/etc/drbd.d/c1.res')).toBe(text)
    expect([first?.drbd.size, second?.drbd.size]).toEqual([0, 0])
  })

  test('has a DRBD configuration that other resources never read incomplete', async () => {
    const cluster = fakeCluster()
    await given(cluster).run(CREATE)
    const written = cluster.ran.flatMap(({ words }) => words.filter(word => word.startsWith('of=')))
    expect(written).toHaveLength(2)
    expect(written.filter(word => word.endsWith('.res'))).toEqual([])
    expect(cluster.nodes.map(filesOfDrbd)).toEqual([['c1.res'], ['c1.res'], []])
  })

  test('has a DRBD configuration with its own secret, which only root may read from the start', async () => {
    const cluster = fakeCluster()
    await given(cluster).run('storage --create c1,c2 --size 1G --nodes node1,node2').succeeds()
    const { system } = node(cluster, 'node1')
    const secrets = ['c1', 'c2']
      .map(name => system.read(`/etc/drbd.d/${name}.res`))
      .map(text => /shared-secret "([\w-]{32})"/.exec(text)?.[1])
    expect(new Set(secrets).size).toBe(2)
    expect(secrets).not.toContain(undefined)
    const writing = cluster.ran.flatMap(({ node: name, words }) =>
      name === 'node1' && words.at(-1)?.endsWith('c1.res.new') ? [words.slice(0, 2).join(' ')] : [],
    )
    expect(writing).toEqual(['install --mode=600', 'dd status=none'])
  })

  test('has one file system, created on one node while both are connected', async () => {
    const cluster = fakeCluster()
    await given(cluster).run(CREATE)
    const made = cluster.nodes.filter(({ volumes }) => volumes.get('c1')?.hasFilesystem)
    expect(made.map(({ name }) => name)).toEqual(['node1'])
    const verbs = cluster.ran.filter(({ words: [tool] }) => tool === 'drbdadm' || tool === 'mkfs.ext3').map(shortOf)
    expect(verbs.lastIndexOf('node2: drbdadm adjust')).toBeLessThan(verbs.indexOf('node1: mkfs.ext3'))
  })

  test('is in the CIB as created', async () => {
    const cluster = fakeCluster()
    await given(cluster).run(CREATE)
    expect(cloudIn(cluster)).toMatchObject({
      storageNodes: ['node1', 'node2'],
      minor: 0,
      address: '192.0.2.100',
      prefixLength: 24,
      iqn: 'iqn.2026-01.org.vhacs:lab:c1',
      initiators: ['iqn.2004-10.com.debian:node1', 'iqn.2004-10.com.debian:node2', 'iqn.2004-10.com.debian:node3'],
      directory: '/clouds/c1',
    })
  })

  test('adds a vhost that is down to the ACL, by its recorded name', async () => {
    const cluster = fakeCluster()
    node(cluster, 'node3').isUp = false
    await given(cluster).run(CREATE).succeeds()
    expect(cloudIn(cluster)?.initiators).toContain('iqn.2004-10.com.debian:node3')
  })

  test('records the current initiator names of the nodes in the CIB', async () => {
    const cluster = fakeCluster()
    forgetInitiator(cluster, 'node1')
    cluster.cib = withNodeAttribute(cluster.cib, 'node2', 'vhacs-initiator', 'iqn.2004-10.com.debian:old')
    await given(cluster).run(CREATE)
    expect(readCluster(cluster.cib).nodes.map(({ attributes }) => attributes['vhacs-initiator'])).toEqual(
      ['node1', 'node2', 'node3'].map(name => `iqn.2004-10.com.debian:${name}`),
    )
  })

  test('prefers a mount away from its data, otherwise on the node that does not export it', async () => {
    const cluster = fakeCluster()
    await given(cluster).run(CREATE)
    expect(cloudIn(cluster)?.preferredVhosts).toEqual(['node3', 'node2'])
  })

  test('reports each step with its time', async () => {
    const { stdout } = await given(fakeCluster()).run(CREATE).succeeds()
    for (const line of stdout) expect(line).toMatch(/^ +\d+\.\d s {2}\S/)
    expect(stdout[0]).toContain('creating the volume vhacs/c1 on node1 and node2')
    expect(stdout.at(-1)).toContain('c1 is mounted')
  })

  test('is waited for until it is mounted', async () => {
    const cluster = fakeCluster()
    const begun = cluster.system.now()
    const { active } = cluster
    cluster.active = () => (cluster.system.now() < begun + 60_000 ? [] : active())
    const { stdout } = await given(cluster).run(CREATE).succeeds()
    expect(stdout.at(-1)).toMatch(/ 60\.0 s {2}c1 is mounted/)
  })

  test('gets the first free minor and address', async () => {
    const cluster = fakeCluster([c0])
    node(cluster, 'node2').system.put('/etc/drbd.d/own.res', 'resource own {\n  device /dev/drbd1;\n}\n')
    await given(cluster).run(ON_1_AND_2)
    expect(cloudIn(cluster)).toMatchObject({ minor: 2, address: '192.0.2.101' })
  })

  test('is waited for although a tool fails meanwhile, for example while a node is being fenced', async () => {
    const cluster = fakeCluster()
    const begun = cluster.system.now()
    const isTroubled = () => cluster.system.now() < begun + 30_000
    cluster.disturb = ({ words: [tool = ''] }) =>
      ['crm_mon', 'findmnt'].includes(tool) && isTroubled() ? 'fails' : undefined
    const { stdout } = await given(cluster).run(CREATE).succeeds()
    expect(stdout.at(-1)).toMatch(/ 30\.0 s {2}c1 is mounted/)
  })

  test('is added to the cluster although a node is about to be fenced', async () => {
    const cluster = fakeCluster()
    cluster.cib = withMembership(cluster.cib, 'node3', 'died')
    await given(cluster).run(CREATE).succeeds()
    expect(cloudIn(cluster)?.storageNodes).toEqual(['node1', 'node2'])
  })

  test('does not change other clouds', async () => {
    const cluster = fakeCluster([c0])
    const before = node(cluster, 'node1').system.read('/etc/drbd.d/c0.res')
    await given(cluster).run(CREATE)
    expect(cloudIn(cluster, 'c0')).toEqual(c0)
    expect(node(cluster, 'node1').volumes.has('c0')).toBe(true)
    expect(node(cluster, 'node1').system.read('/etc/drbd.d/c0.res')).toBe(before)
  })
})

describe('its nodes', () => {
  test('are the two with the most free space, the roomiest first', async () => {
    const cluster = fakeCluster()
    node(cluster, 'node1').sizeBytes = 4 * GIB
    node(cluster, 'node3').sizeBytes = 12 * GIB
    await given(cluster).run(CREATE)
    expect(cloudIn(cluster)?.storageNodes).toEqual(['node3', 'node2'])
    expect(holding(cluster)).toEqual(['node2', 'node3'])
  })

  test('have the role storage', async () => {
    const cluster = fakeCluster()
    cluster.cib = withNodeAttribute(cluster.cib, 'node1', 'vhacs-storage', 'false')
    await given(cluster).run(CREATE)
    expect(holding(cluster)).toEqual(['node2', 'node3'])
  })

  test('are online', async () => {
    const cluster = fakeCluster()
    cluster.cib = withMembership(cluster.cib, 'node2', 'left')
    await given(cluster).run(CREATE)
    expect(holding(cluster)).toEqual(['node1', 'node3'])
  })

  test('have the volume group', async () => {
    const cluster = fakeCluster()
    withoutVolumeGroup(cluster, 'node1')
    await given(cluster).run(CREATE)
    expect(holding(cluster)).toEqual(['node2', 'node3'])
  })

  test('are reachable', async () => {
    const cluster = fakeCluster()
    for (const { name } of cluster.nodes) cluster.cib = withNodeAttribute(cluster.cib, name, 'vhacs-vhost', 'false')
    cluster.cib = withNodeAttribute(cluster.cib, 'node1', 'vhacs-vhost', 'true')
    node(cluster, 'node2').isUp = false
    await given(cluster).run(CREATE)
    expect(holding(cluster)).toEqual(['node1', 'node3'])
  })

  test("are the first two suitable ones of the operator's list, in that order", async () => {
    const cluster = fakeCluster()
    await given(cluster).run(`${CREATE} --nodes node3,node1-2`)
    expect(cloudIn(cluster)?.storageNodes).toEqual(['node3', 'node1'])
    putVolume(node(cluster, 'node3'), 'big', 8.5 * GIB)
    await given(cluster).run('storage -c c2 -s 1G -n node3,node1-2')
    expect(cloudIn(cluster, 'c2')?.storageNodes).toEqual(['node1', 'node2'])
  })

  test("are skipped in the operator's list if they are not online or do not have the role", async () => {
    const cluster = fakeCluster()
    cluster.cib = withMembership(cluster.cib, 'node2', 'left')
    await given(cluster).run(`${CREATE} --nodes node2,node1,node3`).succeeds()
    expect(cloudIn(cluster)?.storageNodes).toEqual(['node1', 'node3'])
    const other = fakeCluster()
    other.cib = withNodeAttribute(other.cib, 'node1', 'vhacs-storage', 'false')
    await given(other).run(`${CREATE} --nodes node1-3`).succeeds()
    expect(cloudIn(other)?.storageNodes).toEqual(['node2', 'node3'])
  })

  test('if too few of the listed nodes are suitable, the reason for each is reported', async () => {
    const cluster = fakeCluster()
    cluster.cib = withMembership(cluster.cib, 'node2', 'left')
    cluster.cib = withNodeAttribute(cluster.cib, 'node3', 'vhacs-storage', 'false')
    await given(cluster)
      .run(`${CREATE} --nodes node1-3`)
      .isRefused(
        'vhacs: c1: two storage nodes with 1024 MiB free in volume group vhacs are needed: ' +
          'node1 has room, node2 is offline or unreachable, node3 does not have the storage role',
      )
    expect(holding(cluster)).toEqual([])
  })

  test('are the two that the operator named, in that order, regardless of their space', async () => {
    const cluster = fakeCluster()
    node(cluster, 'node2').sizeBytes = 100 * GIB
    await given(cluster).run(`${CREATE} --nodes node3,node1`)
    expect(cloudIn(cluster)?.storageNodes).toEqual(['node3', 'node1'])
    expect(holding(cluster)).toEqual(['node1', 'node3'])
  })
})

describe('a request that cannot be met is refused before anything is changed:', () => {
  const inFile = (name: string, text: string) => (cluster: FakeCluster) =>
    node(cluster, 'node2').system.put(`/etc/drbd.d/${name}`, text)
  const withoutRole = (names: string, role: string) => (cluster: FakeCluster) => {
    for (const name of names.split(' ')) cluster.cib = withNodeAttribute(cluster.cib, name, role, 'false')
  }
  /** How to produce each case in a cluster that has c0. */
  const cases = {
    'a name is taken': () => {},
    'a name differs from a taken one in case only': () => {},
    'a name reads as a range': () => {},
    'a node is unknown': () => {},
    'no node has that much space': () => {},
    'node2 has a volume of that name': cluster => putVolume(node(cluster, 'node2'), 'c1'),
    'node2 has a DRBD configuration of that name': inFile('c1.res', '# empty'),
    'node2 has a DRBD resource of that name in a file of another name': inFile('all.res', RESOURCE_C1),
    'a named node has too little space': cluster => putVolume(node(cluster, 'node3'), 'big', 9.5 * GIB),
    'one node alone has a volume group': cluster => ['node1', 'node3'].map(name => withoutVolumeGroup(cluster, name)),
    'one node alone has the storage role': withoutRole('node1 node2', 'vhacs-storage'),
    'no node has the storage role': withoutRole('node1 node2 node3', 'vhacs-storage'),
    'no node has the vhost role': withoutRole('node1 node2 node3', 'vhacs-vhost'),
    'no address is left': ({ nodes }) => nodes.map(({ system }) => system.put('/etc/vhacs.conf', ONE_ADDRESS)),
    'the settings of node2 cannot be parsed': ({ nodes: [, second] }) =>
      second?.system.put('/etc/vhacs.conf', 'STORAGE_IFNAME = eth1\n'),
  } satisfies Record<string, (cluster: FakeCluster) => void>

  test.each<[keyof typeof cases, string, RegExp]>([
    ['a name is taken', 'storage -c c0 -s 1G', /^vhacs: a cloud named c0 already exists$/],
    ['a name differs from a taken one in case only', 'storage -c C0 -s 1G', /^vhacs: a cloud named c0 already exists$/],
    ['a name reads as a range', 'storage -c db1-2-2 -s 1G', /^vhacs: a cloud named db1-2 could be taken/],
    ['a node is unknown', `${CREATE} --nodes node1,node9`, /: node9 is not a node .* \(nodes: node1, node2, node3\)$/],
    ['no node has that much space', 'storage -c c1 -s 11G', /two .* with 11264 MiB free .*: node1 has \d+ MiB/],
    ['node2 has a volume of that name', ON_1_AND_2, /^vhacs: node2 already has a volume vhacs\/c1/],
    ['node2 has a DRBD configuration of that name', ON_1_AND_2, /^vhacs: node2 already has a DRBD resource c1/],
    [
      'node2 has a DRBD resource of that name in a file of another name',
      ON_1_AND_2,
      /: node2 already has a DRBD resource c1/,
    ],
    [
      'a named node has too little space',
      `${CREATE} --nodes node1,node3`,
      /^vhacs: c1: two storage nodes with 1024 MiB free in volume group vhacs are needed: node1 has room, node3 has 512 MiB free$/,
    ],
    [
      'one node alone has a volume group',
      CREATE,
      /needed: node1 has 0 MiB free, node2 has room, node3 has 0 MiB free$/,
    ],
    [
      'one node alone has the storage role',
      CREATE,
      /needed: node1 does not have the storage role, node2 does not have the storage role, node3 has room$/,
    ],
    [
      'no node has the storage role',
      CREATE,
      /: node1 does not have the storage role, .* node3 does not have the storage role$/,
    ],
    ['no node has the vhost role', CREATE, /^vhacs: no node has the vhost role/],
    ['no address is left', CREATE, /^vhacs: all 1 addresses from 192\.0\.2\.100 to 192\.0\.2\.100 are in use$/],
    ['the settings of node2 cannot be parsed', ON_1_AND_2, /^vhacs: node2: \/etc\/vhacs\.conf, line 1: /],
  ])('%s', async (name, line, words) => {
    const cluster = fakeCluster([c0])
    cases[name](cluster)
    const before = contentOf(cluster)
    await given(cluster).run(line).isRefused(words, [])
    expect(contentOf(cluster)).toEqual(before)
    expect(cluster.ran.filter(command => !isReading(command) && !isLocking(command))).toEqual([])
  })

  const down = (cluster: FakeCluster, name: string) => {
    node(cluster, name).isUp = false
  }
  const faults = {
    'node2 becomes unreachable': cluster => {
      cluster.disturb = ({ node: name, words: [tool] }) => {
        if (tool === 'vgs' && name === 'node2') down(cluster, name)
        return undefined
      }
    },
    'node2 is unreachable, and node1 has too little space': cluster => {
      down(cluster, 'node2')
      putVolume(node(cluster, 'node1'), 'big', 9.5 * GIB)
    },
    'a vhost is unreachable, and its initiator name unknown': cluster => {
      down(cluster, 'node3')
      forgetInitiator(cluster, 'node3')
    },
    'DRBD rejects a configuration': cluster =>
      ['one', 'other'].map(file => node(cluster, 'node2').system.put(`/etc/drbd.d/${file}.res`, RESOURCE_OWN)),
    'a node has no settings': cluster => node(cluster, 'node2').system.take('/etc/vhacs.conf'),
    'a vhost has no initiator': cluster => {
      node(cluster, 'node3').system.take('/etc/iscsi/initiatorname.iscsi')
      forgetInitiator(cluster, 'node3')
    },
  } satisfies Record<string, (cluster: FakeCluster) => void>

  test.each<[keyof typeof faults, 'fails' | 'isRefused', RegExp]>([
    ['node2 becomes unreachable', 'fails', /ssh root@node2 exited with 255/],
    ['node2 is unreachable, and node1 has too little space', 'fails', /ssh root@node2 exited with 255/],
    [
      'a vhost is unreachable, and its initiator name unknown',
      'fails',
      /initiator name of node3 is not known \(ssh root@node3 exited with 255: .*No route to host\)/,
    ],
    [
      'DRBD rejects a configuration',
      'fails',
      /node2: drbdadm .* exited with 10: conflicting use of resource name 'own'/,
    ],
    ['a node has no settings', 'fails', /^vhacs: node2: cat/],
    ['a vhost has no initiator', 'isRefused', /^vhacs: the iSCSI initiator name of node3 is not known: /],
  ])('%s', async (name, ends, words) => {
    const cluster = fakeCluster()
    faults[name](cluster)
    const before = contentOf(cluster)
    await given(cluster).run(ON_1_AND_2)[ends](words)
    expect(contentOf(cluster)).toEqual(before)
  })
})

/** Such as `node2: drbdadm adjust`. */
function shortOf({ node: name, words: [tool = '', verb = ''] }: Ran): string {
  return [`${name}:`, tool, ...(['drbdadm', 'cibadmin'].includes(tool) ? [verb] : [])].join(' ')
}

/** What creates the directory of a mount, when all else is done. */
const isMountPoint = ({ words }: Ran) => words[0] === 'mkdir' && words.at(-1) === '/clouds/c1'
/** What creates those of iscsiadm's records. */
const isRecordDirectory = ({ words }: Ran) => words[0] === 'sh' && words.at(-1) === '/var/lib/iscsi'

test('a directory that a vhost cannot create is reported, and the storage is created', async () => {
  const cluster = fakeCluster([c0])
  cluster.disturb = command => (isMountPoint(command) && command.node === 'node3' ? 'fails' : undefined)
  const { stdout } = await given(cluster).run(CREATE).succeeds()
  expect(cluster.ran.filter(isMountPoint).map(command => command.node)).toEqual(['node1', 'node2', 'node3'])
  expect(stdout.join('\n')).toContain('node3 does not have /clouds/c1 yet; the first mount there creates it: ')
})

test("directories of iscsiadm's records that a vhost cannot create are reported, and the storage is created", async () => {
  const cluster = fakeCluster([c0])
  cluster.disturb = command => (isRecordDirectory(command) && command.node === 'node2' ? 'fails' : undefined)
  const { stdout } = await given(cluster).run(CREATE).succeeds()
  expect(cluster.ran.filter(isRecordDirectory).map(command => command.node)).toEqual(['node1', 'node2', 'node3'])
  expect(stdout.join('\n')).toContain(
    "node2 does not have the directories of iscsiadm's records yet; the first login there",
  )
})

/** All that a create may have to do. */
const COMPLETE = `${CREATE} --chap`

/** Each command of a create that goes well, from the first change to the last, with its place among all; and how it may fail. */
async function waysToFail(): Promise<[string, Failure, number][]> {
  const cluster = fakeCluster([c0])
  await given(cluster).run(COMPLETE)
  const changes = (command: Ran) =>
    !isReading(command) && ![isLocking, isMountPoint, isRecordDirectory].some(is => is(command))
  // the patch is tried on a copy of the CIB before there is a volume
  const begin = cluster.ran.findIndex(command => changes(command) && command.words[0] !== 'cibadmin')
  const end = cluster.ran.findLastIndex(changes) + 1
  return cluster.ran.slice(begin, end).flatMap((command, offset): [string, Failure, number][] => {
    const ways: Failure[] = isReading(command) ? ['fails'] : ['fails', 'fails afterwards']
    return ways.map(how => [shortOf(command), how, begin + offset])
  })
}

describe('a create leaves nothing behind, and reports the step, when', async () => {
  test.each(await waysToFail())('%s %s (command %i)', async (_, how, index) => {
    const cluster = fakeCluster([c0])
    const before = contentOf(cluster)
    cluster.disturb = () => (cluster.ran.length - 1 === index ? how : undefined)
    const { stdout, stderr } = await given(cluster).run(COMPLETE).fails()
    const failed = stdout.find(line => line.includes('FAILED: '))?.replace(/^.*FAILED: /, '')
    expect(failed).toMatch(/^(writing|creating|configuring|connecting|handing|adding) /)
    expect(stderr).toEqual([expect.stringMatching(/exited with 99: .*of order$/)])
    expect(stderr[0]).toContain(`vhacs: ${failed}: `)
    expect(contentOf(cluster)).toEqual(before)
  })
})

/** The tools that a create needs, and that undoing it does not. */
const BREAKABLE = [
  'mkdir',
  'lvcreate',
  'install',
  'dd',
  'mv',
  'sync',
  'drbdadm',
  'timeout',
  'modprobe',
  'mkfs.ext3',
  'lvchange',
]

describe('a create leaves nothing behind when from one call on', async () => {
  const cluster = fakeCluster([c0])
  await given(cluster).run(COMPLETE)
  const calls = BREAKABLE.flatMap(tool => {
    const count = cluster.ran.filter(command => command.words[0] === tool && !isMountPoint(command)).length
    return [...Array(count).keys()].map(index => [tool, index] as const)
  })

  test.each(calls)('%s fails on every node (call %i)', async (tool, index) => {
    for (const how of ['fails', 'fails afterwards'] as const) {
      const broken = fakeCluster([c0])
      const before = contentOf(broken)
      let count = 0
      broken.disturb = ({ words }) => (words[0] === tool && count++ >= index ? how : undefined)
      const { status, stdout } = await given(broken).run(COMPLETE)
      expect(status).not.toBe(0)
      expect(stdout.filter(line => line.includes('NOT UNDONE'))).toEqual([])
      expect(contentOf(broken)).toEqual(before)
      expect(broken.nodes.map(filesOfDrbd)).toEqual([['c0.res'], ['c0.res'], []])
    }
  })
})

describe('a create that fails', () => {
  const notUndone = (stdout: readonly string[]) =>
    stdout.flatMap(line => (line.includes('NOT UNDONE: ') ? [line.replace(/^.*NOT UNDONE: /, '')] : []))
  /** What can be undone of the steps before it is put into the cluster. */
  const BELOW = ['configuring DRBD on node1 and node2', 'creating the volume vhacs/c1 on node1 and node2']

  test('because the mount does not start reports stopped resources and failures, and rolls everything back', async () => {
    const cluster = fakeCluster([c0])
    const before = contentOf(cluster)
    const { active } = cluster
    cluster.active = () => active().filter(({ id }) => id !== 'c1-session' && id !== 'c1-filesystem')
    const failure = { node: 'node2', action: 'start', reason: 'login refused' }
    cluster.failures = ['c0-session', 'c1-session'].map(resource => ({ ...failure, resource }))
    await given(cluster)
      .run(CREATE)
      .fails(
        'vhacs: waiting until /clouds/c1 is mounted: /clouds/c1 is not mounted, and nothing more has started for 300 s: c1-session, c1-filesystem not running; c1-session on node2: start: login refused; see "crm_mon -1rf"',
      )
    expect(contentOf(cluster)).toEqual(before)
  })

  test('does not while one part after another starts, however long all of them take', async () => {
    const cluster = fakeCluster()
    const { active, system } = cluster
    let begun = 0
    cluster.active = () => {
      const all = active()
      const parts = [...new Set(all.map(({ id }) => id))]
      if (parts.length > 0) begun ||= system.now()
      return all.filter(({ id }) => system.now() - begun >= parts.indexOf(id) * 250_000)
    }
    await given(cluster)
      .run(CREATE)
      .succeeds(expect.arrayContaining([expect.stringContaining('c1 is mounted')]))
    expect(system.now() - begun).toBeGreaterThan(1_000_000)
  })

  test('never removes a volume that it did not create', async () => {
    const cluster = fakeCluster()
    const theirs = node(cluster, 'node2')
    // another program creates one between the check and the change
    cluster.disturb = ({ words: [tool] }) => {
      if (tool === 'lvcreate' && !theirs.volumes.has('c1')) putVolume(theirs, 'c1', 2 * GIB)
      return undefined
    }
    await given(cluster).run(ON_1_AND_2).fails(expect.stringContaining('already exists'))
    expect(theirs.volumes.get('c1')).toMatchObject({ sizeBytes: 2 * GIB })
    expect(node(cluster, 'node1').volumes.size).toBe(0)
  })

  test("because a tool keeps failing reports the tool's message, and does not remove what may still run", async () => {
    const cluster = fakeCluster()
    cluster.disturb = ({ words: [tool] }) => (tool === 'crm_mon' ? 'fails' : undefined)
    const left = BELOW.map(name => `; NOT UNDONE: ${name}`).join('')
    const { stdout } = await given(cluster)
      .run(CREATE)
      .fails(expect.stringMatching(`out of order${left}$`))
    const complaint = /crm_mon .* exited with 99: crm_mon: out of order$/
    expect(notUndone(stdout)).toEqual([expect.stringMatching(complaint), ...BELOW])
    expect(cloudIn(cluster)).toBeDefined()
    expect(holding(cluster)).toEqual(['node1', 'node2'])
  })

  test('because its configuration cannot be installed leaves no draft of it', async () => {
    const cluster = fakeCluster()
    cluster.disturb = ({ node, words: [tool] }) => (node === 'node2' && tool === 'mv' ? 'fails' : undefined)
    await given(cluster).run(CREATE).fails(expect.stringContaining('configuring DRBD'))
    expect(cluster.nodes.map(filesOfDrbd)).toEqual([[], [], []])
    expect(holding(cluster)).toEqual([])
  })

  test('and cannot be stopped keeps its data and its place in the cluster', async () => {
    const cluster = fakeCluster()
    cluster.active = () => [{ id: 'c1-session', node: 'node3', role: 'Started' }]
    const { stdout } = await given(cluster).run(CREATE).fails()
    expect(notUndone(stdout)).toEqual([
      'adding the cloud to the cluster: still running after 300 s: c1-session on node3; see "crm_mon -1rf"',
      ...BELOW,
    ])
    expect(cloudIn(cluster)).toBeDefined()
    expect(holding(cluster)).toEqual(['node1', 'node2'])
    expect(cluster.nodes.map(one => resourceFiles(one).length)).toEqual([1, 1, 0])
  })

  test('because drbdadm refuses the configuration never installs it, which would affect the other resources', async () => {
    const cluster = fakeCluster()
    const { system } = node(cluster, 'node2')
    // another program writes one between the check and the change
    cluster.disturb = ({ words: [tool] }) => {
      if (tool === 'dd') system.put('/etc/drbd.d/all.res', RESOURCE_C1)
      return undefined
    }
    const { stdout } = await given(cluster)
      .run(ON_1_AND_2)
      .fails(
        /^vhacs: configuring DRBD .*node2: drbdadm --config-to-test .* exited with 10: .*conflicting use .* 'c1' \.\.\.$/,
      )
    expect(cluster.nodes.map(filesOfDrbd)).toEqual([[], ['all.res'], []])
    expect(notUndone(stdout)).toEqual([])
    expect(holding(cluster)).toEqual([])
  })

  test('reports the failed undo, and does not remove the layers below', async () => {
    const cluster = fakeCluster()
    const silent = node(cluster, 'node2')
    cluster.disturb = ({ words: [tool] }) => {
      if (tool === 'mkfs.ext3') silent.isUp = false
      return tool === 'mkfs.ext3' ? 'fails' : undefined
    }
    const { stdout } = await given(cluster)
      .run(ON_1_AND_2)
      .fails(expect.stringContaining('creating the file system on node1: node1: mkfs.ext3'))
    expect(notUndone(stdout)).toEqual([
      expect.stringMatching(/^configuring DRBD on node1 and node2: ssh root@node2 exited with 255/),
      'creating the volume vhacs/c1 on node1 and node2',
    ])
    expect(holding(cluster)).toEqual(['node1', 'node2'])
    expect(resourceFiles(node(cluster, 'node1'))).toEqual([])
  })
})
