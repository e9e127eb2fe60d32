import { describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { EMPTY_CONTEXT, type NodeFacts, type ResolveContext } from '../../../../cloud/resolve/context.ts'
import { rows } from '../../rows.ts'
import { cibOf, withMembership, withoutId } from '../cib.ts'
import { c0, cibWith, context, factsOf, GIB, names, problemLines, resolved } from './lab.ts'

/** node2 has these volumes and DRBD resources; there is no cloud. */
function onNode2(volumes: Record<string, number>, drbd: NodeFacts['drbd'] = []): ResolveContext {
  const volumeGroups = [{ name: 'vhacs', freeBytes: GIB, extentBytes: 4096, volumes }]
  return context([], { facts: [factsOf('node1'), factsOf('node2', { drbd, volumeGroups }), factsOf('node3')] })
}

const withoutMount = withoutId(cibOf({ clouds: [c0], nodes: names }), 'c0-mount')

const CONTEXTS: Readonly<Record<string, ResolveContext>> = {
  '10.77.1.7 answers': context([], { usedAddresses: ['10.77.1.7'] }),
  'node2 off': context([c0], {
    facts: [factsOf('node1'), factsOf('node3')],
    unreachable: [{ node: 'node2', why: 'No route to host' }],
  }),
  'volume c1': onNode2({ c1: GIB }),
  'DRBD c1': onNode2({}, [{ name: 'c1', minors: [9], ports: [7809], hosts: [] }]),
  'port 7809': onNode2({}, [{ name: 'other', minors: [3], ports: [7809], hosts: [] }]),
  'c0 incomplete': { ...EMPTY_CONTEXT, cluster: readCluster(withoutMount) },
  'no addresses': context([], { facts: names.map(name => factsOf(name, { serviceAddresses: undefined })) }),
  'no cluster': EMPTY_CONTEXT,
}

const NETWORK = 'networks: {storage: {addresses: 10.0.0.1-10.0.0.2/24}}'

test('volumes consist of whole extents', () => {
  const volumeGroups = [{ name: 'vhacs', freeBytes: 3 * GIB, extentBytes: GIB, volumes: {} }]
  const facts = names.map(name => factsOf(name, { volumeGroups }))
  const file =
    'clouds: [{name: a, size: 1.5G, storage: [node1, node2]}, {name: b, size: 1.5G, storage: [node1, node2]}]'
  expect(problemLines(resolved(file, context([], { facts })))).toEqual([
    'clouds[1]: b: two storage nodes with 1536 MiB free in volume group vhacs are needed: node1 has 1024 MiB free, node2 has 1024 MiB free',
  ])
})

test('offline nodes are reported, not silently excluded', () => {
  const cluster = readCluster(names.reduce((text, name) => withMembership(text, name, 'left'), cibWith([])))
  expect(problemLines(resolved('clouds: [{name: c1, size: 1G}]', context([], { cluster })))).toEqual([
    expect.stringMatching(
      / are needed: node1 is offline or unreachable, node2 is offline or unreachable, node3 is off/,
    ),
  ])
})

test('without a status, all nodes can be chosen, because their state is unknown', () => {
  const text = cibWith([]).replace(/<status>[\s\S]*<\/status>/, '<status/>')
  expect(problemLines(resolved('clouds: [{name: c1, size: 1G}]', context([], { cluster: readCluster(text) })))).toEqual(
    [],
  )
})

describe('a configuration is refused when', () => {
  // what is wrong | the file | where and why | the context, if not three nodes with c0
  test.each(
    rows(String.raw`
      it is for another cluster | cluster: west\nclouds: [] | cluster: this is the cluster lab, not west
      it names an unknown node | nodes: [{name: node9}]\nclouds: [] | nodes[0].name: node9 is not a node of this cluster (nodes: node1, node2, node3)
      a storage node is unknown | clouds: [{name: c1, size: 1G, storage: [node1, x]}] | clouds[0].storage[1]: x is not a node of this cluster
      a storage node lacks the role | nodes: [{name: node2, roles: [vhost]}]\nclouds: [{name: c1, size: 1G, storage: [node1, node2]}] | clouds[0].storage[1]: node2 does not have the storage role: give it that role (vhacs node --setrole)
      a vhost is unknown | clouds: [{name: c0, vhosts: [node2, x]}] | clouds[0].vhosts[1]: x is not a node of this cluster
      a new cloud has no size | clouds: [{name: c1}] | clouds[0].size: size is missing, and the cloud is new
      a name differs in case only | clouds: [{name: C0, size: 1G}] | clouds[0].name: a cloud named c0 already exists
      an address is in use | clouds: [{name: c1, size: 1G, address: 10.77.1.100}] | clouds[0].address: 10.77.1.100 is in use
      a host answers at an address | clouds: [{name: c1, size: 1G, address: 10.77.1.7}] | clouds[0].address: a host already answers at 10.77.1.7 | 10.77.1.7 answers
      an address is outside the file’s network | networks: {storage: {addresses: 10.77.2.100-10.77.2.109/24}}\nclouds: [{name: c1, size: 1G, address: 10.77.1.9}] | clouds[0].address: address 10.77.1.9 is outside the storage network 10.77.2.100-10.77.2.109/24: choose one inside
      an address is outside the nodes’ network | clouds: [{name: c0, address: 10.1.1.1}] | clouds[0].address: address 10.1.1.1 is outside the storage network 10.77.1.100-10.77.1.109/24
      an address is that of its network | clouds: [{name: c1, size: 1G, address: 10.77.1.0}] | clouds[0].address: address 10.77.1.0 is the address of the network itself, with a prefix of 24 bits: choose another
      an address is the broadcast address | clouds: [{name: c0, address: 10.77.1.255}] | clouds[0].address: address 10.77.1.255 is the broadcast address, with a prefix of 24 bits
      a minor’s port is in use | clouds: [{name: c1, size: 1G, minor: 9}] | clouds[0].minor: minor 9 is in use | port 7809
      ext3 cannot be as large | clouds: [{name: c1, size: 17T}] | clouds[0].size: size is 17T: ext3 holds at most 16T
      the name of the disk would be too long | clouds: [{name: c1, size: 1G, address: "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff/64", iqn: "iqn.2026-01.org.example:${'x'.repeat(190)}"}] | clouds[0].iqn: iqn iqn.2026-01.org.example:xxx
      a minor is in use | clouds: [{name: c1, size: 1G, minor: 0}] | clouds[0].minor: minor 0 is in use
      a third side is named | clouds: [{name: c0, storage: [node1, node2, node3]}] | clouds[0].storage: the data of c0 are on node1 and node2, and a change of this file neither adds a side nor removes one
      a side would move in standby | clouds: [{name: c0, storage: [node1, node3], state: standby}] | clouds[0].state: a side of c0 moves to another node only while c0 runs: leave its state active until then
      the volume group would change | clouds: [{name: c0, volume_group: fast}] | clouds[0].volume_group: volume_group of c0 is vhacs and cannot change
      the minor would change | clouds: [{name: c0, minor: 5}] | clouds[0].minor: minor of c0 is 0 and cannot change
      a storage node is unreachable | nodes: [{name: node2, initiator: iqn.2026-01.org.example:b}]\nclouds: [{name: c1, size: 1G, storage: [node1, node2]}] | clouds[0].name: node2 is unreachable, so c1 cannot be created there: No route to host | node2 off
      a name reads as a range | clouds: [{name: db1-2, size: 1G}] | clouds[0].name: a cloud named db1-2 could be taken for a range of clouds
      a volume of that name exists | clouds: [{name: c1, size: 1G, storage: [node1, node2]}] | clouds[0].name: node2 already has a volume vhacs/c1 | volume c1
      a DRBD resource of that name exists | clouds: [{name: c1, size: 1G, storage: [node1, node2]}] | clouds[0].name: node2 already has a DRBD resource c1 | DRBD c1
      the CIB has an incomplete cloud of that name | clouds: [{name: c0, size: 1G}] | clouds[0].name: c0 differs from what vhacs creates (the resource c0-filesystem is missing): repair it by hand | c0 incomplete
      there are no addresses | clouds: [{name: c1, size: 1G}] | networks: there are no addresses for new clouds | no addresses
      no node is a vhost | nodes: [{name: a, roles: [storage]}, {name: b, roles: [storage]}]\n${NETWORK}\nclouds: [{name: c1, size: 1G}] | nodes: no node has the vhost role | no cluster
      the initiator of a vhost is not known | nodes: [{name: a, roles: [storage, vhost]}, {name: b, roles: [storage]}]\n${NETWORK}\nclouds: [{name: c1, size: 1G}] | nodes: the iSCSI initiator name of a is not known | no cluster
    `),
  )('%s', (_case, file = '', problem, situation = '') => {
    const resolution = resolved(file, CONTEXTS[situation])

    expect(problemLines(resolution)).toEqual([expect.stringContaining(problem ?? '')])
    expect(resolution.clouds).toEqual([])
  })

  test('more addresses are needed than exist', () => {
    const file = `networks: {storage: {addresses: 10.77.1.100-10.77.1.101/24}}
clouds: [{name: a, size: 32M}, {name: b, size: 32M}]`

    expect(problemLines(resolved(file))).toEqual([
      'clouds[1]: all 2 addresses from 10.77.1.100 to 10.77.1.101 are in use',
    ])
  })
})
