import { describe, expect, test } from 'vitest'
import { readCib } from '../../../cloud/read-cib.ts'
import { type Failure, type FakeCluster, fakeCluster, isReading, node, type Ran } from '../../fake/cluster.ts'
import { type FakeNode, resourceFiles } from '../../fake/storage-node.ts'
import { edited, withNodeAttribute } from '../cloud/cib.ts'
import { c0 as example } from '../cloud/examples.ts'
import { contentOf, run } from './call.ts'

const GIB = 2 ** 30
const CREATE = 'storage --create c1 --size 1G'
/** Another cloud, on node1 and node2. */
const c0 = { ...example, address: '192.0.2.100', iqn: 'iqn.2026-01.org.vhacs:lab:c0' }

const cloudIn = ({ cib }: FakeCluster, name = 'c1') => readCib(cib).clouds.find(cloud => cloud.name === name)
const holding = ({ nodes }: FakeCluster) => nodes.filter(({ volumes }) => volumes.has('c1')).map(({ name }) => name)
const LEFT = { in_ccm: 'false', crmd: 'offline', join: 'down', expected: 'down' }
/** As when the node has left the cluster. */
const withoutNode = (cib: string, name: string) =>
  edited(cib, found =>
    found.name === 'node_state' && found.attributes.uname === name
      ? [{ ...found, attributes: { ...found.attributes, ...LEFT } }]
      : undefined,
  )
const putVolume = ({ volumes }: FakeNode, name: string, sizeBytes = GIB) =>
  volumes.set(name, { sizeBytes, tags: [], isActive: false, hasMetadata: false, hasFilesystem: false })

describe('a new cloud', () => {
  test('has a volume of that size on two nodes, inactive until the cluster wants it', async () => {
    const cluster = fakeCluster()
    expect(await run(cluster.system, 'storage --create c1 --size 1.5G')).toMatchObject({ status: 0, stderr: [] })
    const volumes = ['node1', 'node2'].map(name => node(cluster, name).volumes.get('c1'))
    const wanted = { sizeBytes: 1.5 * GIB, isActive: false, hasMetadata: true }
    expect(volumes).toEqual([expect.objectContaining(wanted), expect.objectContaining(wanted)])
    expect(node(cluster, 'node3').volumes.size).toBe(0)
  })

  test('has the same DRBD configuration on both nodes, and is down there', async () => {
    const cluster = fakeCluster()
    await run(cluster.system, CREATE)
    const [first, second] = ['node1', 'node2'].map(name => node(cluster, name))
    const text = first?.system.read('/etc/drbd.d/c1.res')
    expect(text).toContain('on node1 {\n\t\taddress 192.0.2.1:7800;')
    expect(text).toContain('on node2 {\n\t\taddress 192.0.2.2:7800;')
    expect(second?.system.read('/etc/drbd.d/c1.res')).toBe(text)
    expect([first?.drbd.size, second?.drbd.size]).toEqual([0, 0])
  })

  test('has one file system, made on one node while both are connected', async () => {
    const cluster = fakeCluster()
    await run(cluster.system, CREATE)
    const made = cluster.nodes.filter(({ volumes }) => volumes.get('c1')?.hasFilesystem)
    expect(made.map(({ name }) => name)).toEqual(['node1'])
    const verbs = cluster.ran.filter(({ words: [tool] }) => tool === 'drbdadm' || tool === 'mkfs.ext3').map(shortOf)
    expect(verbs.lastIndexOf('node2: drbdadm adjust')).toBeLessThan(verbs.indexOf('node1: mkfs.ext3'))
  })

  test('is in the CIB as it was made', async () => {
    const cluster = fakeCluster()
    await run(cluster.system, CREATE)
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

  test('shall be mounted on another node than the one that exports it', async () => {
    const cluster = fakeCluster()
    await run(cluster.system, CREATE)
    expect(cloudIn(cluster)?.preferredVhosts).toEqual(['node2', 'node3'])
  })

  test('is announced step by step, with the time that it took', async () => {
    const { status, stdout } = await run(fakeCluster().system, CREATE)
    expect(status).toBe(0)
    for (const line of stdout) expect(line).toMatch(/^ +\d+\.\d s {2}\S/)
    expect(stdout[0]).toContain('making the volume vhacs/c1 on node1 and node2')
    expect(stdout.at(-1)).toContain('c1 is mounted')
  })

  test('is waited for until it is mounted', async () => {
    const cluster = fakeCluster()
    const begun = cluster.system.now()
    const { active } = cluster
    cluster.active = () => (cluster.system.now() < begun + 60_000 ? [] : active())
    const { status, stdout } = await run(cluster.system, CREATE)
    expect(status).toBe(0)
    expect(stdout.at(-1)).toMatch(/ 60\.0 s {2}c1 is mounted/)
  })

  test('takes the first minor and address that nothing uses', async () => {
    const cluster = fakeCluster([c0])
    node(cluster, 'node2').system.put('/etc/drbd.d/own.res', 'resource own {\n  device /dev/drbd1;\n}\n')
    await run(cluster.system, `${CREATE} --nodes node1,node2`)
    expect(cloudIn(cluster)).toMatchObject({ minor: 2, address: '192.0.2.101' })
  })

  test('changes nothing of another cloud', async () => {
    const cluster = fakeCluster([c0])
    const before = node(cluster, 'node1').system.read('/etc/drbd.d/c0.res')
    await run(cluster.system, CREATE)
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
    await run(cluster.system, CREATE)
    expect(cloudIn(cluster)?.storageNodes).toEqual(['node3', 'node2'])
    expect(holding(cluster)).toEqual(['node2', 'node3'])
  })

  test('have the role storage', async () => {
    const cluster = fakeCluster()
    cluster.cib = withNodeAttribute(cluster.cib, 'node1', 'vhacs-storage', 'false')
    await run(cluster.system, CREATE)
    expect(holding(cluster)).toEqual(['node2', 'node3'])
  })

  test('are online', async () => {
    const cluster = fakeCluster()
    cluster.cib = withoutNode(cluster.cib, 'node2')
    await run(cluster.system, CREATE)
    expect(holding(cluster)).toEqual(['node1', 'node3'])
  })

  test('are those that the operator named, in that order, whatever space they have', async () => {
    const cluster = fakeCluster()
    node(cluster, 'node2').sizeBytes = 100 * GIB
    await run(cluster.system, `${CREATE} --nodes node3,node1`)
    expect(cloudIn(cluster)?.storageNodes).toEqual(['node3', 'node1'])
    expect(holding(cluster)).toEqual(['node1', 'node3'])
  })
})

describe('a request that cannot be met is refused before anything is changed:', () => {
  const given = (change: (cluster: FakeCluster) => void) => () => {
    const cluster = fakeCluster([c0])
    change(cluster)
    return cluster
  }
  const nothing = given(() => {})
  const setRole = (name: string, role: string) =>
    given(cluster => {
      for (const one of name.split(' ')) cluster.cib = withNodeAttribute(cluster.cib, one, role, 'false')
    })

  test.each<[string, () => FakeCluster, string, RegExp]>([
    ['a name that is taken', nothing, 'storage -c c0 -s 1G', /^vhacs: a cloud named c0 is there already$/],
    ['a name that differs in case only', nothing, 'storage -c C0 -s 1G', /^vhacs: a cloud named c0 is there already$/],
    [
      'a volume of that name on one of the nodes',
      given(cluster => putVolume(node(cluster, 'node2'), 'c1')),
      `${CREATE} --nodes node1,node2`,
      /^vhacs: node2 has a volume vhacs\/c1 already/,
    ],
    [
      'a DRBD configuration of that name on one of the nodes',
      given(cluster => node(cluster, 'node2').system.put('/etc/drbd.d/c1.res', '# empty')),
      `${CREATE} --nodes node1,node2`,
      /^vhacs: node2 has a DRBD configuration \/etc\/drbd\.d\/c1\.res already/,
    ],
    ['an unknown node', nothing, `${CREATE} --nodes node1,node9`, /^vhacs: node9 is no node of this cluster$/],
    [
      'no room anywhere',
      nothing,
      'storage -c c1 -s 11G',
      /two storage nodes with 11264 MiB free .*: node1 has \d+ MiB/,
    ],
    [
      'no room on a node that was named',
      given(cluster => putVolume(node(cluster, 'node3'), 'big', 9.5 * GIB)),
      `${CREATE} --nodes node1,node3`,
      /^vhacs: two storage nodes with 1024 MiB free in vhacs are needed: node3 has 512 MiB free$/,
    ],
    ['only one storage node', setRole('node1 node2', 'vhacs-storage'), CREATE, /only node3 has the role storage$/],
    ['no storage node', setRole('node1 node2 node3', 'vhacs-storage'), CREATE, /only none has the role storage$/],
    ['no vhost', setRole('node1 node2 node3', 'vhacs-vhost'), CREATE, /^vhacs: no node has the role vhost/],
    [
      'no address left',
      given(({ nodes }) => {
        const conf = 'STORAGE_IFNAME = "eth1"\nSERVICE_ADDRESSES = "192.0.2.100-192.0.2.100/24"\n'
        for (const { system } of nodes) system.put('/etc/vhacs.conf', conf)
      }),
      CREATE,
      /^vhacs: all 1 addresses from 192\.0\.2\.100 to 192\.0\.2\.100 are in use$/,
    ],
    [
      'settings that nobody understands',
      given(cluster => node(cluster, 'node2').system.put('/etc/vhacs.conf', 'STORAGE_IFNAME = eth1\n')),
      `${CREATE} --nodes node1,node2`,
      /^vhacs: node2: \/etc\/vhacs\.conf, line 1: /,
    ],
  ])('%s', async (_, makeCluster, line, words) => {
    const cluster = makeCluster()
    const before = contentOf(cluster)
    const { status, stdout, stderr } = await run(cluster.system, line)
    expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: [], stderr: [expect.stringMatching(words)] })
    expect(contentOf(cluster)).toEqual(before)
    expect(cluster.ran.filter(command => !isReading(command))).toEqual([])
  })

  test.each<[string, (cluster: FakeCluster) => void, RegExp]>([
    [
      'a node that does not answer',
      cluster => Object.assign(node(cluster, 'node2'), { isUp: false }),
      /root@node2.*255/,
    ],
    ['a node without settings', cluster => node(cluster, 'node2').system.take('/etc/vhacs.conf'), /^vhacs: node2: cat/],
    [
      'a vhost without an initiator',
      cluster => node(cluster, 'node3').system.take('/etc/iscsi/initiatorname.iscsi'),
      /^vhacs: node3: cat .*initiatorname/,
    ],
  ])('%s', async (_, change, words) => {
    const cluster = fakeCluster()
    change(cluster)
    const before = contentOf(cluster)
    const { status, stderr } = await run(cluster.system, `${CREATE} --nodes node1,node2`)
    expect({ status, stderr }).toEqual({ status: 1, stderr: [expect.stringMatching(words)] })
    expect(contentOf(cluster)).toEqual(before)
  })
})

/** Such as `node2: drbdadm adjust`. */
function shortOf({ node: name, words: [tool = '', verb = ''] }: Ran): string {
  return [`${name}:`, tool, ...(['drbdadm', 'cibadmin'].includes(tool) ? [verb] : [])].join(' ')
}

/** Each command of a create that goes well, from the first change on, with its place among all; and how it may fail. */
async function waysToFail(): Promise<[string, Failure, number][]> {
  const cluster = fakeCluster([c0])
  await run(cluster.system, CREATE)
  const begin = cluster.ran.findIndex(command => !isReading(command))
  return cluster.ran.slice(begin).flatMap((command, offset): [string, Failure, number][] => {
    const ways: Failure[] = isReading(command) ? ['fails'] : ['fails', 'fails afterwards']
    return ways.map(how => [shortOf(command), how, begin + offset])
  })
}

describe('a create leaves nothing behind, and names the step, when', async () => {
  test.each(await waysToFail())('%s %s (command %i)', async (_, how, index) => {
    const cluster = fakeCluster([c0])
    const before = contentOf(cluster)
    cluster.disturb = () => (cluster.ran.length - 1 === index ? how : undefined)
    const { status, stdout, stderr } = await run(cluster.system, CREATE)
    const failed = stdout.find(line => line.includes('FAILED: '))?.replace(/^.*FAILED: /, '')
    expect({ status, stderr }).toEqual({ status: 1, stderr: [`vhacs: ${failed}`] })
    expect(failed).toMatch(
      /^(making|configuring|connecting|handing|putting|waiting) .*: .* exited with 99: .*of order$/,
    )
    expect(contentOf(cluster)).toEqual(before)
  })
})

describe('a create that fails', () => {
  test('because the mount does not come up says what is not running, and takes all of it back', async () => {
    const cluster = fakeCluster([c0])
    const before = contentOf(cluster)
    const { active } = cluster
    cluster.active = () => active().filter(({ id }) => id !== 'c1-session' && id !== 'c1-filesystem')
    const { status, stderr } = await run(cluster.system, CREATE)
    expect(status).toBe(1)
    expect(stderr).toEqual([
      'vhacs: waiting until /clouds/c1 is mounted: /clouds/c1 is not mounted after 300 s: c1-session, c1-filesystem not running; "crm_mon -1rf" says more',
    ])
    expect(contentOf(cluster)).toEqual(before)
  })

  test('never removes a volume that it did not make', async () => {
    const cluster = fakeCluster()
    const theirs = node(cluster, 'node2')
    // somebody makes one between the check and the change
    cluster.disturb = ({ words: [tool] }) => {
      if (tool === 'lvcreate' && !theirs.volumes.has('c1')) putVolume(theirs, 'c1', 2 * GIB)
      return undefined
    }
    const { status, stderr } = await run(cluster.system, `${CREATE} --nodes node1,node2`)
    expect(status).toBe(1)
    expect(stderr).toEqual([expect.stringContaining('already exists')])
    expect(theirs.volumes.get('c1')).toMatchObject({ sizeBytes: 2 * GIB })
    expect(node(cluster, 'node1').volumes.size).toBe(0)
  })

  test('says what it could not take back, and takes back the rest', async () => {
    const cluster = fakeCluster()
    const silent = node(cluster, 'node2')
    cluster.disturb = ({ words: [tool] }) => {
      if (tool === 'mkfs.ext3') silent.isUp = false
      return tool === 'mkfs.ext3' ? 'fails' : undefined
    }
    const { status, stdout, stderr } = await run(cluster.system, `${CREATE} --nodes node1,node2`)
    expect(status).toBe(1)
    expect(stderr).toEqual([expect.stringContaining('making the file system on node1: node1: mkfs.ext3')])
    expect(stdout.filter(line => line.includes('NOT UNDONE'))).toEqual([
      expect.stringMatching(/configuring DRBD .*: ssh root@node2 exited with 255/),
      expect.stringMatching(/making the volume .*: ssh root@node2 exited with 255/),
    ])
    expect(node(cluster, 'node1').volumes.size).toBe(0)
    expect(resourceFiles(node(cluster, 'node1'))).toEqual([])
  })
})
