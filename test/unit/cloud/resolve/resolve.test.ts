import { describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { EMPTY_CONTEXT } from '../../../../cloud/resolve/context.ts'
import { parseAddressRange } from '../../../../cloud/subnets.ts'
import { cibOf, withMembership, withoutId } from '../cib.ts'
import { bare } from '../examples.ts'
import { c0, cibWith, cloudsOf, context, factsOf, GIB, initiatorOf, names, problemLines, resolved } from './lab.ts'

test('an existing cloud with a name like a range is kept', () => {
  expect(cloudsOf(resolved('clouds: [{name: db1-2}]', context([{ ...c0, name: 'db1-2' }])))).toHaveLength(1)
})

describe('a new cloud', () => {
  test('gets every value that it does not name', () => {
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
      initiators: names.map(initiatorOf),
      chap: undefined,
      directory: '/clouds/c1',
      mountOptions: 'nosuid,nodev',
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

  test('with an address in a network of its own needs no storage network', () => {
    const text = `
nodes: [{name: a, roles: [storage, vhost], initiator: iqn.2026-01.org.example:a}, {name: b, roles: [storage]}]
clouds: [{name: c1, size: 1G, address: fd77::c1/64}]
`
    expect(cloudsOf(resolved(text, EMPTY_CONTEXT))).toMatchObject([{ address: 'fd77::c1', prefixLength: 64 }])
  })

  test('gets the values that it names', () => {
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
        // node3 is no longer a vhost
        initiators: [initiatorOf('node1'), initiatorOf('node2'), 'iqn.2026-01.org.example:backup'],
        chap: { initiator: { user: 'u', secret: '/s' }, target: undefined },
        directory: '/srv/c1',
        mountOptions: 'ro',
        preferredVhosts: ['node2'],
        state: 'standby',
      },
    ])
  })

  test('gets no number that is in use', () => {
    const busy = context([c0], {
      usedAddresses: ['10.77.1.101'],
      facts: [
        factsOf('node1', { drbd: [{ name: 'own', minors: [1], ports: [7802], hosts: [] }] }),
        factsOf('node2'),
        factsOf('node3'),
      ],
    })

    const clouds = cloudsOf(
      resolved('clouds: [{name: c1, size: 1G, minor: 3, address: 10.77.1.102}, {name: c2, size: 1G}]', busy),
    )

    // minor 1 belongs to a resource, 2 to a port, 3 to c1; address .100 belongs to c0, .101 answers
    expect(clouds.map(({ minor, address }) => [minor, address])).toEqual([
      [3, '10.77.1.102'],
      [4, '10.77.1.103'],
    ])
  })

  test('is not placed on a node that is down, unreachable, or full', () => {
    const five = ['node1', 'node2', 'node3', 'node4', 'node5']
    const text = `
nodes:
  - {name: node1, initiator: iqn.2026-01.org.example:a}
  - {name: node2, initiator: iqn.2026-01.org.example:b}
clouds: [{name: c1, size: 1G}]
`
    const oneDown = context([], {
      cluster: readCluster(withMembership(cibWith([], five), 'node1', 'died')),
      facts: [factsOf('node3', { freeBytes: GIB / 2 }), factsOf('node4'), factsOf('node5')],
      unreachable: [{ node: 'node2', why: 'No route to host' }],
    })

    const [cloud] = cloudsOf(resolved(text, oneDown))

    expect(cloud?.storageNodes.toSorted()).toEqual(['node4', 'node5'])
  })

  test('cannot use the space of those before it', () => {
    const text = 'clouds: [{name: c1, size: 6G}, {name: c2, size: 6G}]'

    expect(problemLines(resolved(text))).toEqual([
      expect.stringContaining('c2: two storage nodes with 6144 MiB free in volume group vhacs are needed'),
    ])
  })

  test('is resolved from the file alone without a cluster', () => {
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

  test('changes no number of other clouds, whatever its position in the file', () => {
    const before = cloudsOf(resolved('clouds: [{name: c0}, {name: c5, size: 1G}]'))
    const present = context(before)

    const after = cloudsOf(resolved('clouds: [{name: c1, size: 1G}, {name: c5, size: 1G}, {name: c0}]', present))

    expect(after[1]).toEqual(before[1])
    expect(after[2]).toEqual(c0)
    expect(after[0]).toMatchObject({ minor: 2, address: '10.77.1.102' })
  })

  test('gets the numbers of one that was removed, and no other number changes', () => {
    const clouds = cloudsOf(resolved('clouds: [{name: West-1}, {name: c1, size: 1G}]', context([bare])))

    expect(clouds[0]).toMatchObject({ minor: bare.minor, address: bare.address })
    expect(clouds[1]).toMatchObject({ minor: 0, address: '10.77.1.100' })
  })
})

test('a cloud that is only printed gets the minor of the DRBD resource that exists for it', () => {
  const drbd = [{ name: 'c1', minors: [9], ports: [7809], hosts: [] }]
  const prepared = context([c0], { creating: false, facts: names.map(name => factsOf(name, { drbd })) })

  const clouds = cloudsOf(resolved('clouds: [{name: c2, size: 1G}, {name: c1, size: 1G}]', prepared))

  expect(clouds.map(({ minor }) => minor)).toEqual([1, 9])
})

describe('an existing cloud', () => {
  test('is unchanged where the file leaves values open', () => {
    expect(cloudsOf(resolved('clouds: [{name: c0}]', context([{ ...c0, state: 'standby' }])))).toEqual([
      { ...c0, state: 'standby' },
    ])
  })

  test('gets the values that it names', () => {
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

  test('keeps a manually added initiator, and follows the vhosts', () => {
    const guest = 'iqn.2026-01.org.example:guest'
    const present = context([{ ...c0, initiators: [guest, ...c0.initiators] }])
    const text = 'nodes: [{name: node1, roles: [storage]}]\nclouds: [{name: c0}]'

    expect(cloudsOf(resolved(text, present))[0]?.initiators).toEqual([
      guest,
      initiatorOf('node2'),
      initiatorOf('node3'),
    ])
  })

  test('keeps its initiators if those of the vhosts are unknown', () => {
    expect(cloudsOf(resolved('clouds: [{name: c0}]', context([c0], { facts: [] })))).toEqual([c0])
  })

  test('keeps the initiator of an unreachable vhost, even if the file lists additional ones', () => {
    const facts = [factsOf('node1'), factsOf('node2')]
    const text = 'clouds: [{name: c0, initiators: [iqn.2026-01.org.example:guest]}]'

    expect(cloudsOf(resolved(text, context([c0], { facts })))[0]?.initiators).toEqual([
      ...c0.initiators,
      'iqn.2026-01.org.example:guest',
    ])
  })

  test('without one of its constraints is resolved as the complete one', () => {
    const text = withoutId(cibOf({ clouds: [c0], nodes: names }), 'c0-drbd-export-order')

    expect(cloudsOf(resolved('clouds: [{name: c0}]', { ...EMPTY_CONTEXT, cluster: readCluster(text) }))).toEqual([c0])
  })
})

test('the same input gives the same result', () => {
  const text = `clouds: [${Array.from({ length: 20 }, (_, index) => `{name: c${index}, size: 32M}`).join(', ')}]`
  const range = parseAddressRange('10.77.1.100-10.77.1.199/24')
  const facts = names.map(name => factsOf(name, { serviceAddresses: range }))

  expect(cloudsOf(resolved(text, context([], { facts })))).toEqual(cloudsOf(resolved(text, context([], { facts }))))
})
