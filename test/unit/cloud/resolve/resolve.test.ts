import { describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read-cluster.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import type { Configuration } from '../../../../cloud/configuration.ts'
import { readFile } from '../../../../cloud/file/read-file.ts'
import { EMPTY_CONTEXT, type NodeFacts, type ResolveContext } from '../../../../cloud/resolve/context.ts'
import { type Resolution, resolve } from '../../../../cloud/resolve/resolve.ts'
import { parseAddressRange } from '../../../../cloud/subnets.ts'
import { cibOf, edited, withMembership, withNodeAttribute } from '../cib.ts'
import { bare, c0 as example } from '../examples.ts'

const GIB = 2 ** 30
const names = ['node1', 'node2', 'node3']

/** All three may mount it. */
const c0 = { ...example, initiators: names.map(name => `iqn.2004-10.com.debian:${name}`) }

const factsOf = (node: string, freeBytes = 10 * GIB): NodeFacts => ({
  node,
  volumeGroups: [{ name: 'vhacs', freeBytes, extentBytes: 4 * 2 ** 20, volumes: {} }],
  drbd: [],
  initiator: `iqn.2004-10.com.debian:${node}`,
  serviceAddresses: parseAddressRange('10.77.1.100-10.77.1.109/24'),
})

/** A cluster of three nodes with all roles, which holds these clouds, and whose nodes have been asked. */
function context(clouds: readonly Cloud[] = [c0], change: Partial<ResolveContext> = {}): ResolveContext {
  const cib = names.reduce(
    (text, name) => withNodeAttribute(text, name, 'vhacs-storage', 'true'),
    cibOf({ clouds, nodes: names }),
  )
  return {
    cluster: readCluster(cib),
    facts: names.map(name => factsOf(name)),
    unreachable: [],
    usedAddresses: [],
    creating: true,
    adopting: false,
    ...change,
  }
}

function configuration(text: string): Configuration {
  const reading = readFile(text)
  if (!reading.configuration || reading.problems.length > 0) throw new Error(JSON.stringify(reading.problems))
  return reading.configuration
}

const resolved = (text: string, against = context()): Resolution => resolve(configuration(text), against)
const cloudsOf = ({ clouds, problems }: Resolution) => {
  expect(problems).toEqual([])
  return clouds.map(({ cloud }) => cloud)
}

test('a cloud that is called like a range, as one that is there already may be, stays', () => {
  expect(cloudsOf(resolved('clouds: [{name: db1-2}]', context([{ ...c0, name: 'db1-2' }])))).toHaveLength(1)
})

describe('a new cloud', () => {
  test('gets all that it does not name', () => {
    const [cloud] = cloudsOf(resolved('clouds: [{name: c1, size: 1G}]'))

    expect(cloud).toEqual({
      name: 'c1',
      volumeGroup: 'vhacs',
      storageNodes: expect.arrayContaining([expect.stringMatching(/^node[123]$/)]),
      minor: 1,
      address: '10.77.1.101',
      prefixLength: 24,
      iqn: 'iqn.2026-01.org.vhacs:lab:c1',
      tpgt: 1,
      initiators: names.map(name => `iqn.2004-10.com.debian:${name}`),
      chap: undefined,
      directory: '/clouds/c1',
      mountOptions: '',
      preferredVhosts: expect.any(Array),
      state: 'active',
    })
  })

  test('may have an address in a network of its own', () => {
    const text = 'clouds: [{name: c1, size: 1G, address: "fd77::c1/64"}, {name: c2, size: 1G}]'

    expect(cloudsOf(resolved(text)).map(({ address, prefixLength }) => `${address}/${prefixLength}`)).toEqual([
      'fd77::c1/64',
      '10.77.1.101/24',
    ])
  })

  test('with such an address needs no storage network', () => {
    const { clouds, problems } = resolve(
      configuration(`
nodes: [{name: a, roles: [storage, vhost], initiator: iqn.2026-01.org.example:a}, {name: b, roles: [storage]}]
clouds: [{name: c1, size: 1G, address: fd77::c1/64}]
`),
      EMPTY_CONTEXT,
    )

    expect(problems).toEqual([])
    expect(clouds[0]?.cloud).toMatchObject({ address: 'fd77::c1', prefixLength: 64 })
  })

  test('gets what it names', () => {
    const text = `
nodes: [{name: node3, roles: [storage], initiator: iqn.2026-01.org.example:three}]
clouds:
  - name: c1
    size: 1G
    storage: [node3, node1]
    vhosts: [node2]
    directory: /srv/c1
    options: ro
    address: 10.77.1.9
    minor: 40
    iqn: iqn.2026-01.org.example:c1
    tpgt: 3
    volume_group: vhacs
    state: standby
    initiators: [iqn.2026-01.org.example:backup]
    chap: {user: u, secret: /s}
`
    expect(cloudsOf(resolved(text))).toEqual([
      {
        name: 'c1',
        volumeGroup: 'vhacs',
        storageNodes: ['node3', 'node1'],
        minor: 40,
        address: '10.77.1.9',
        prefixLength: 24,
        iqn: 'iqn.2026-01.org.example:c1',
        tpgt: 3,
        // node3 is no vhost any more
        initiators: ['iqn.2004-10.com.debian:node1', 'iqn.2004-10.com.debian:node2', 'iqn.2026-01.org.example:backup'],
        chap: { initiator: { user: 'u', secret: '/s' }, target: undefined },
        directory: '/srv/c1',
        mountOptions: 'ro',
        preferredVhosts: ['node2'],
        state: 'standby',
      },
    ])
  })

  test('gets no number that anything else has', () => {
    const busy = context([c0], {
      usedAddresses: ['10.77.1.101'],
      facts: [
        { ...factsOf('node1'), drbd: [{ name: 'own', minors: [1], ports: [7802], hosts: [] }] },
        factsOf('node2'),
        factsOf('node3'),
      ],
    })

    const clouds = cloudsOf(
      resolved('clouds: [{name: c1, size: 1G, minor: 3, address: 10.77.1.102}, {name: c2, size: 1G}]', busy),
    )

    // 1 is that of a resource, 2 that of a port, 3 that of c1; .100 is that of c0, .101 answers
    expect(clouds.map(({ minor, address }) => [minor, address])).toEqual([
      [3, '10.77.1.102'],
      [4, '10.77.1.103'],
    ])
  })

  test('is not placed on a node that is down, does not answer, or has no room', () => {
    const cluster = readCluster(
      withMembership(
        ['node1', 'node2', 'node3', 'node4', 'node5'].reduce(
          (text, name) => withNodeAttribute(text, name, 'vhacs-storage', 'true'),
          cibOf({ clouds: [], nodes: ['node1', 'node2', 'node3', 'node4', 'node5'] }),
        ),
        'node1',
        'died',
      ),
    )
    const facts = [factsOf('node3', GIB / 2), factsOf('node4'), factsOf('node5')]

    const [cloud] = cloudsOf(
      resolved(
        `
nodes:
  - {name: node1, initiator: iqn.2026-01.org.example:a}
  - {name: node2, initiator: iqn.2026-01.org.example:b}
clouds: [{name: c1, size: 1G}]
`,
        {
          cluster,
          facts,
          unreachable: [{ node: 'node2', why: 'No route to host' }],
          usedAddresses: [],
          creating: true,
          adopting: false,
        },
      ),
    )

    expect(cloud?.storageNodes.toSorted()).toEqual(['node4', 'node5'])
  })

  test('does not share the room of those before it', () => {
    const text = 'clouds: [{name: c1, size: 6G}, {name: c2, size: 6G}]'

    expect(resolved(text).problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('c2: two storage nodes with 6144 MiB free in volume group vhacs are needed'),
    ])
  })

  test('is resolved without a cluster too, from what the file says', () => {
    const text = `
cluster: west
networks: {storage: {addresses: "2001:db8::100-2001:db8::1ff/64"}}
nodes:
  - {name: a, roles: [storage]}
  - {name: b, roles: [storage]}
  - {name: c, roles: [vhost], initiator: iqn.2026-01.org.example:c}
clouds: [{name: c0, size: 1T}, {name: c1, size: 1T}]
`
    expect(cloudsOf(resolved(text, EMPTY_CONTEXT))).toMatchObject([
      {
        minor: 0,
        address: '2001:db8::100',
        prefixLength: 64,
        iqn: 'iqn.2026-01.org.vhacs:west:c0',
        preferredVhosts: ['c'],
      },
      { minor: 1, address: '2001:db8::101', initiators: ['iqn.2026-01.org.example:c'] },
    ])
  })

  test('changes no number of another, wherever it stands in the file', () => {
    const before = cloudsOf(resolved('clouds: [{name: c0}, {name: c5, size: 1G}]'))
    const present = context(before)

    const after = cloudsOf(resolved('clouds: [{name: c1, size: 1G}, {name: c5, size: 1G}, {name: c0}]', present))

    expect(after[1]).toEqual(before[1])
    expect(after[2]).toEqual(c0)
    expect(after[0]).toMatchObject({ minor: 2, address: '10.77.1.102' })
  })

  test('takes the number of one that is gone, and nothing else does', () => {
    const clouds = cloudsOf(resolved('clouds: [{name: West-1}, {name: c1, size: 1G}]', context([bare])))

    expect(clouds[0]).toMatchObject({ minor: bare.minor, address: bare.address })
    expect(clouds[1]).toMatchObject({ minor: 0, address: '10.77.1.100' })
  })
})

test('a cloud that is only to be written down gets the minor of the DRBD resource that is there for it', () => {
  const drbd = [{ name: 'c1', minors: [9], ports: [7809], hosts: [] }]
  const prepared = context([c0], { creating: false, facts: names.map(name => ({ ...factsOf(name), drbd })) })

  const clouds = cloudsOf(resolved('clouds: [{name: c2, size: 1G}, {name: c1, size: 1G}]', prepared))

  expect(clouds.map(({ minor }) => minor)).toEqual([1, 9])
})

describe('a cloud whose data are there, when such are to be attached,', () => {
  const resource = { name: 'c1', minors: [7], ports: [7807], hosts: ['node3', 'node1'] }
  const volumeGroups = [{ name: 'vhacs', freeBytes: 0, extentBytes: 4 * 2 ** 20, volumes: { c1: GIB } }]
  const holding = (...nodes: string[]) =>
    names.map(name => ({ ...factsOf(name), ...(nodes.includes(name) && { volumeGroups, drbd: [resource] }) }))
  const left = (change: Partial<ResolveContext> = {}) =>
    context([c0], { facts: holding('node1', 'node3'), adopting: true, ...change })

  test('gets them where they are, though there is no room', () => {
    const { clouds, problems } = resolved('clouds: [{name: c1}]', left())

    expect(problems).toEqual([])
    expect(clouds).toMatchObject([{ cloud: { storageNodes: ['node3', 'node1'], minor: 7 }, isAdopted: true }])
  })

  test('may be exported by the other node', () => {
    const [cloud] = cloudsOf(resolved('clouds: [{name: c1, storage: [node1, node3]}]', left()))

    expect(cloud).toMatchObject({ storageNodes: ['node1', 'node3'], minor: 7 })
  })

  test('is made where nothing of that name is there', () => {
    const { clouds, problems } = resolved(
      'clouds: [{name: c2, size: 1G}]',
      left({ facts: names.map(name => factsOf(name)) }),
    )

    expect(problems).toEqual([])
    expect(clouds).toMatchObject([{ isAdopted: false }])
  })

  test.each([
    ['are to be on other nodes', 'storage: [node1, node2]', {}, 'its data are on node3 and node1'],
    ['have another number', 'minor: 8', {}, 'its DRBD resource has minor 7, which is not free'],
    ['are on one of them only', 'size: 1G', { facts: holding('node3') }, 'its volume is missing on node1'],
    [
      'may be on a node that does not answer',
      'size: 1G',
      { unreachable: [{ node: 'node1', why: 'off' }] },
      'node1 is unreachable: off',
    ],
  ])('is refused when they %s', (_case, said, change, message) => {
    const { clouds, problems } = resolved(`clouds: [{name: c1, ${said}}]`, left(change))

    expect(clouds).toEqual([])
    expect(problems).toContainEqual(
      expect.objectContaining({
        path: ['clouds', 0, 'name'],
        message: expect.stringContaining(`c1 cannot be attached: ${message}`),
      }),
    )
  })
})

describe('a cloud that is there', () => {
  test('stays as it is where it names nothing', () => {
    expect(cloudsOf(resolved('clouds: [{name: c0}]', context([{ ...c0, state: 'standby' }])))).toEqual([
      { ...c0, state: 'standby' },
    ])
  })

  test('gets what it names', () => {
    const text = `
clouds:
  - name: c0
    storage: [node2, node1]
    vhosts: [node3]
    directory: /mnt
    options: ""
    address: 10.77.1.9
    state: standby
    chap: {user: u, secret: lrm://}
`
    expect(cloudsOf(resolved(text))).toEqual([
      {
        ...c0,
        storageNodes: ['node2', 'node1'],
        preferredVhosts: ['node3'],
        directory: '/mnt',
        mountOptions: '',
        address: '10.77.1.9',
        state: 'standby',
        chap: { initiator: { user: 'u', secret: 'lrm://' }, target: undefined },
      },
    ])
  })

  test('keeps an initiator that somebody else has added, and follows the vhosts', () => {
    const guest = 'iqn.2026-01.org.example:guest'
    const present = context([{ ...c0, initiators: [guest, ...c0.initiators] }])
    const text = 'nodes: [{name: node1, roles: [storage]}]\nclouds: [{name: c0}]'

    expect(cloudsOf(resolved(text, present))[0]?.initiators).toEqual([
      guest,
      'iqn.2004-10.com.debian:node2',
      'iqn.2004-10.com.debian:node3',
    ])
  })

  test('keeps its initiators when the names of the vhosts are not known', () => {
    expect(cloudsOf(resolved('clouds: [{name: c0}]', context([c0], { facts: [] })))).toEqual([c0])
  })

  test('keeps that of a vhost that cannot be asked, though the file says who else may log in', () => {
    const facts = [factsOf('node1'), factsOf('node2')]
    const text = 'clouds: [{name: c0, initiators: [iqn.2026-01.org.example:guest]}]'

    expect(cloudsOf(resolved(text, context([c0], { facts })))[0]?.initiators).toEqual([
      ...c0.initiators,
      'iqn.2026-01.org.example:guest',
    ])
  })

  test('that lacks a constraint is what it was', () => {
    const text = edited(cibOf({ clouds: [c0], nodes: names }), found =>
      found.attributes.id === 'c0-drbd-export-order' ? [] : undefined,
    )

    expect(cloudsOf(resolved('clouds: [{name: c0}]', { ...EMPTY_CONTEXT, cluster: readCluster(text) }))).toEqual([c0])
  })
})

test('the same input gives the same result', () => {
  const text = `clouds: [${Array.from({ length: 20 }, (_, index) => `{name: c${index}, size: 32M}`).join(', ')}]`
  const range = parseAddressRange('10.77.1.100-10.77.1.199/24')
  const facts = names.map(name => ({ ...factsOf(name), serviceAddresses: range }))

  expect(cloudsOf(resolved(text, context([], { facts })))).toEqual(cloudsOf(resolved(text, context([], { facts }))))
})

describe('a configuration is refused when', () => {
  const unreachable = context([c0], {
    facts: [factsOf('node1'), factsOf('node3')],
    unreachable: [{ node: 'node2', why: 'No route to host' }],
  })
  const leftover = (volumes: Record<string, number>, drbd: NodeFacts['drbd'] = []) =>
    context([], {
      facts: [
        factsOf('node1'),
        { ...factsOf('node2'), drbd, volumeGroups: [{ name: 'vhacs', freeBytes: GIB, extentBytes: 4096, volumes }] },
        factsOf('node3'),
      ],
    })
  const half = edited(cibOf({ clouds: [c0], nodes: names }), found =>
    found.attributes.id === 'c0-mount' ? [] : undefined,
  )
  const onNodes = (...nodes: string[]) => `clouds: [{name: c1, size: 1G, storage: [${nodes.join(', ')}]}]`

  test.each<[string, string, (string | number)[], string, ResolveContext?]>([
    ['it is for another cluster', 'cluster: west\nclouds: []', ['cluster'], 'this is the cluster lab, not west'],
    [
      'a node is none',
      'nodes: [{name: node9}]\nclouds: []',
      ['nodes', 0, 'name'],
      'node9 is not a node of this cluster (nodes: node1, node2, node3)',
    ],
    ['a storage node is none', onNodes('node1', 'x'), ['clouds', 0, 'storage', 1], 'x is not a node of this cluster'],
    [
      'a storage node does not have the role',
      `nodes: [{name: node2, roles: [vhost]}]\n${onNodes('node1', 'node2')}`,
      ['clouds', 0, 'storage', 1],
      'node2 does not have the storage role: give it that role (vhacs node --setrole)',
    ],
    [
      'a vhost is none',
      'clouds: [{name: c0, vhosts: [node2, x]}]',
      ['clouds', 0, 'vhosts', 1],
      'x is not a node of this cluster',
    ],
    ['a new cloud has no size', 'clouds: [{name: c1}]', ['clouds', 0, 'size'], 'size is missing, and the cloud is new'],
    [
      'a name differs in case only',
      'clouds: [{name: C0, size: 1G}]',
      ['clouds', 0, 'name'],
      'a cloud named c0 already exists',
    ],
    [
      'an address is in use',
      'clouds: [{name: c1, size: 1G, address: 10.77.1.100}]',
      ['clouds', 0, 'address'],
      '10.77.1.100 is in use',
    ],
    [
      'somebody answers at an address',
      'clouds: [{name: c1, size: 1G, address: 10.77.1.7}]',
      ['clouds', 0, 'address'],
      'a host already answers at 10.77.1.7',
      context([], { usedAddresses: ['10.77.1.7'] }),
    ],
    [
      'an address is outside of the network that the file names',
      'networks: {storage: {addresses: 10.77.2.100-10.77.2.109/24}}\nclouds: [{name: c1, size: 1G, address: 10.77.1.9}]',
      ['clouds', 0, 'address'],
      'outside the storage network 10.77.2.100-10.77.2.109/24: take one inside',
    ],
    [
      'an address is outside of the nodes’ network',
      'clouds: [{name: c0, address: 10.1.1.1}]',
      ['clouds', 0, 'address'],
      'outside the storage network 10.77.1.100-10.77.1.109/24',
    ],
    ['a minor is in use', 'clouds: [{name: c1, size: 1G, minor: 0}]', ['clouds', 0, 'minor'], 'minor 0 is in use'],
    [
      'the data are to move',
      'clouds: [{name: c0, storage: [node1, node3]}]',
      ['clouds', 0, 'storage'],
      'the data of c0 are on node1 and node2, and a change of this file does not move them',
    ],
    [
      'the volume group is to change',
      'clouds: [{name: c0, volume_group: fast}]',
      ['clouds', 0, 'volume_group'],
      'volume_group of c0 is vhacs and cannot change',
    ],
    [
      'the minor is to change',
      'clouds: [{name: c0, minor: 5}]',
      ['clouds', 0, 'minor'],
      'minor of c0 is 0 and cannot change',
    ],
    [
      'a storage node does not answer',
      `nodes: [{name: node2, initiator: iqn.2026-01.org.example:b}]\n${onNodes('node1', 'node2')}`,
      ['clouds', 0, 'name'],
      'node2 is unreachable, so c1 cannot be created there: No route to host',
      unreachable,
    ],
    [
      'a name reads as a range',
      'clouds: [{name: db1-2, size: 1G}]',
      ['clouds', 0, 'name'],
      'a cloud named db1-2 could be taken for a range of clouds',
    ],
    [
      'a volume of that name is there',
      onNodes('node1', 'node2'),
      ['clouds', 0, 'name'],
      'node2 already has a volume vhacs/c1',
      leftover({ c1: GIB }),
    ],
    [
      'a DRBD resource of that name is there',
      onNodes('node1', 'node2'),
      ['clouds', 0, 'name'],
      'node2 already has a DRBD resource c1',
      leftover({}, [{ name: 'c1', minors: [9], ports: [7809], hosts: [] }]),
    ],
    [
      'only ruins of a cloud are there',
      'clouds: [{name: c0, size: 1G}]',
      ['clouds', 0, 'name'],
      'c0 differs from what vhacs creates (the resource c0-filesystem is missing): repair it by hand',
      { ...EMPTY_CONTEXT, cluster: readCluster(half) },
    ],
    [
      'there are no addresses',
      'clouds: [{name: c1, size: 1G}]',
      ['networks'],
      'there are no addresses for new clouds',
      context([], { facts: names.map(name => ({ ...factsOf(name), serviceAddresses: undefined })) }),
    ],
    [
      'no node is a vhost',
      'nodes: [{name: a, roles: [storage]}, {name: b, roles: [storage]}]\nnetworks: {storage: {addresses: 10.0.0.1-10.0.0.2/24}}\nclouds: [{name: c1, size: 1G}]',
      ['nodes'],
      'no node has the vhost role',
      EMPTY_CONTEXT,
    ],
    [
      'the initiator of a vhost is not known',
      'nodes: [{name: a, roles: [storage, vhost]}, {name: b, roles: [storage]}]\nnetworks: {storage: {addresses: 10.0.0.1-10.0.0.2/24}}\nclouds: [{name: c1, size: 1G}]',
      ['nodes'],
      'the iSCSI initiator name of a is not known',
      EMPTY_CONTEXT,
    ],
  ])('%s', (_case, text, path, message, against = context()) => {
    const { problems, clouds } = resolved(text, against)

    expect(problems).toEqual([expect.objectContaining({ path, message: expect.stringContaining(message) })])
    expect(clouds).toEqual([])
  })

  test('more addresses are needed than there are', () => {
    const text = `networks: {storage: {addresses: 10.77.1.100-10.77.1.101/24}}\nclouds: [{name: a, size: 32M}, {name: b, size: 32M}]`

    expect(resolved(text).problems).toEqual([
      { path: ['clouds', 1], message: 'all 2 addresses from 10.77.1.100 to 10.77.1.101 are in use' },
    ])
  })
})
