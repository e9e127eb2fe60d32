import {
  assert,
  constant,
  constantFrom,
  integer,
  oneof,
  property,
  record,
  shuffledSubarray,
  stringMatching,
  tuple,
} from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EMPTY_CLUSTER, readCluster } from '../../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { element } from '../../../../cloud/xml.ts'
import { rows } from '../../rows.ts'
import {
  cibOf,
  edited,
  withAttributes,
  withChildren,
  withMembership,
  withMeta,
  withNodeAttribute,
  withoutId,
} from '../cib.ts'
import { bare, c0 } from '../examples.ts'

const nodes = ['node1', 'node2']
const cib = cibOf({ clouds: [c0, bare], nodes })

test('the clouds of a CIB are read, sorted by name', () => {
  const c10 = { ...c0, name: 'c10' }
  const c9 = { ...c0, name: 'c9' }

  expect(readCluster(cibOf({ clouds: [c10, c9, c0, bare], nodes })).clouds).toEqual([c0, c9, c10, bare])
})

test('any cloud is the same after it is composed and read', () => {
  const nodeName = stringMatching(/^[a-z]([a-z0-9.-]{0,7}[a-z0-9])?$/)
  const serviceAddress = oneof(
    record({ address: constantFrom('10.77.1.101', '192.0.2.1'), prefixLength: integer({ min: 8, max: 32 }) }),
    record({ address: constant('2001:db8::101'), prefixLength: integer({ min: 8, max: 128 }) }),
  )
  const cloud = record<Omit<Cloud, 'address' | 'prefixLength'>>({
    name: stringMatching(/^[a-zA-Z][a-zA-Z0-9-]{0,31}$/).filter(name => !/^(all$|snapshot|pvmove)/i.test(name)),
    volumeGroup: stringMatching(/^[a-zA-Z0-9+_.][a-zA-Z0-9+_.-]{0,10}$/).filter(text => !/^\.\.?$/.test(text)),
    storageNodes: tuple(nodeName, nodeName).filter(([a, b]) => a !== b),
    minor: integer({ min: 0, max: 255 }),
    iqn: stringMatching(/^iqn\.2026-01\.org\.vhacs:[a-z0-9.:-]{1,20}$/),
    tpgt: integer({ min: 1, max: 65535 }),
    initiators: shuffledSubarray(['iqn.2004-10.com.debian:1', 'iqn.2004-10.com.debian:2', 'eui.02004567a425678d']),
    directory: stringMatching(/^\/[ -.0-~]{1,20}$/).filter(path => !/^\/\.\.?$/.test(path)),
    mountOptions: constantFrom('', 'ro', 'noatime,data=journal'),
    preferredVhosts: shuffledSubarray(['v1', 'v2', 'v3', 'v4']),
    chap: constantFrom(
      undefined,
      { initiator: { user: 'u', secret: '/etc/s' }, target: undefined },
      { initiator: { user: 'u', secret: 'lrm://' }, target: { user: 't', secret: '/etc/t' } },
    ),
    state: constantFrom('active', 'standby'),
  })

  assert(
    property(cloud, serviceAddress, (others, its) => {
      const composed = { ...others, ...its }
      const { clouds, incomplete } = readCluster(cibOf({ clouds: [composed], nodes }))
      expect({ clouds, incomplete }).toEqual({ clouds: [composed], incomplete: [] })
    }),
  )
  // on a machine that does other work besides
}, 30_000)

describe('the cluster', () => {
  test('has its name, nodes with their attributes, addresses and minors in use', () => {
    const offline = withMembership(withNodeAttribute(cib, 'node1', 'standby', 'on'), 'node2', 'died')

    expect(readCluster(offline)).toMatchObject({
      name: 'lab',
      nodes: [
        { name: 'node1', isOnline: true, attributes: { 'vhacs-vhost': 'true', standby: 'on' } },
        { name: 'node2', isOnline: false, attributes: { 'vhacs-vhost': 'true' } },
      ],
      addresses: ['10.77.1.100', '10.77.1.101'],
      minors: [0, 7],
    })
  })

  test('has nodes of unknown state when the CIB has no status section', () => {
    const configurationOnly = edited(cib, ({ name }) => (name === 'status' ? [] : undefined))

    expect(readCluster(configurationOnly).nodes.map(({ isOnline }) => isOnline)).toEqual([undefined, undefined])
  })

  test('has a node online whose state has times instead of words, as written since Pacemaker 2.1.7', () => {
    const timed = edited(cib, found =>
      found.name === 'node_state'
        ? [{ ...found, attributes: { ...found.attributes, in_ccm: '1767225600', crmd: '1767225601' } }]
        : undefined,
    )

    expect(readCluster(timed).nodes.map(({ isOnline }) => isOnline)).toEqual([true, true])
  })

  test('has no name if that is empty', () => {
    expect(readCluster(withAttributes(cib, 'options-cluster-name', { value: '' })).name).toBeUndefined()
  })

  test('has no name and no clouds if it is new', () => {
    const empty = '<cib><configuration><crm_config/><nodes/><resources/><constraints/></configuration></cib>'

    expect(readCluster(empty)).toEqual(EMPTY_CLUSTER)
  })
})

describe('a cloud is incomplete, with the reason, when', () => {
  const value = (id: string, text: string) => withAttributes(cib, id, { value: text })
  const web = element('primitive', { id: 'web' })
  const cibs: Readonly<Record<string, string>> = {
    'a constraint is missing': withoutId(cib, 'c0-drbd-export-order'),
    'a group is missing': withoutId(cib, 'c0-export'),
    'its storage nodes are not named': withoutId(cib, 'c0-storage-location'),
    'an order has another kind': withAttributes(cib, 'c0-mount-export-stop-order', { kind: 'Mandatory' }),
    'its parts contradict each other': value('c0-session-instance_attributes-iqn', 'iqn.2026-01.org.vhacs:lab:other'),
    'its device is not a DRBD device by number': value('c0-target-instance_attributes-device', '/dev/drbd/by-res/c0/0'),
    'a resource has another agent': withAttributes(cib, 'c0-address', { type: 'IPaddr' }),
    'its DRBD is not promotable': value('c0-drbd-clone-meta_attributes-promotable', 'false'),
    'a group has another member': withChildren(cib, 'c0-mount', web),
  }

  test.each(
    rows(`
      a constraint is missing                   | the constraint c0-drbd-export-order is missing
      a group is missing                        | the resource c0-target is missing
      its storage nodes are not named           | c0-storage-location, which names
      an order has another kind                 | the constraint c0-mount-export-stop-order is different
      its parts contradict each other           | c0-session: iqn is iqn.2026-01.org.vhacs:lab:other, not iqn.2026-01.org.vhacs:lab:c0
      its device is not a DRBD device by number | c0-target: device "/dev/drbd/by-res/c0/0" does not have the form that vhacs uses
      a resource has another agent              | c0-address is ocf:heartbeat:IPaddr,
      its DRBD is not promotable                | c0-drbd-clone: promotable is false
      a group has another member                | c0-mount consists of c0-session, c0-filesystem, web, not of c0-session, c0-filesystem
    `),
  )('%s', (name = '', why) => {
    const { clouds, incomplete } = readCluster(cibs[name] ?? '')

    expect(clouds).toEqual([bare])
    expect(incomplete).toEqual([{ name: 'c0', why: expect.stringContaining(why ?? '') }])
  })
})

/** Values that would be options, commands, other paths or lines of a configuration where they are used. */
const HOSTILE = [
  '--select=lv_size>0||lv_name=',
  '$(id>/tmp/x)',
  '127.0.0.1;id>/tmp/x;:',
  '../../etc/shadow',
  'a b',
  "a'b",
  'a"b',
  'a\n}\ncommon { handlers { fence-peer "id"; } }',
  'a\u009b31m',
  '\u00e4',
  '',
]

describe.each(
  rows(`
    c0-lvm-instance_attributes-volume_group       | value     | c0-lvm: volume_group
    c0-address-instance_attributes-ip             | value     | c0-address: ip
    c0-address-instance_attributes-ip             | value     | c0-address
    c0-address-instance_attributes-cidr_netmask   | value     | c0-address
    c0-target-instance_attributes-iqn             | value     | c0-target: iqn
    c0-target-instance_attributes-tpgt            | value     | c0-target
    c0-target-instance_attributes-device          | value     | c0-target
    c0-target-instance_attributes-allowed_initiators | value  | c0-target: allowed_initiators
    c0-filesystem-instance_attributes-directory   | value     | c0-filesystem
    c0-filesystem-instance_attributes-options     | value     | c0-filesystem
    c0-vhost-preference-1                         | node      | c0-vhost-preference-1
  `),
)('%s', (id = '', attribute = '', place = '') => {
  test.each(HOSTILE)('is not used if it is %j', hostile => {
    const changed = withAttributes(cib, id, { [attribute]: hostile })
    if (changed === cib) return
    const { clouds, incomplete, repairable } = readCluster(changed)
    expect(JSON.stringify([clouds, repairable])).not.toContain(JSON.stringify(hostile || '(nothing)').slice(1, -1))
    if (hostile !== '') expect(incomplete).toEqual([{ name: 'c0', why: expect.stringContaining(place) }])
  })
})

/** Numbers and addresses of the right form that no agent takes, so that the file of clouds has no room for them either. */
describe.each(
  rows(`
    c0-address-instance_attributes-cidr_netmask | 0, 7, 33, 999, 999999999                            | c0-address: cidr_netmask
    c0-address-instance_attributes-ip           | 127.0.0.1, 0.0.0.0, 169.254.1.1, 224.0.0.1, 255.255.255.255 | c0-address: ip
    c0-address-instance_attributes-ip           | 10.77.1.0, 10.77.1.255, ::1, fe80::1, ff02::1, ::ffff:10.0.0.1 | c0-address: ip
    c0-target-instance_attributes-tpgt          | 0, 65536, 999999999                                  | c0-target: tpgt
    c0-target-instance_attributes-device        | /dev/drbd57736, /dev/drbd1048576                     | c0-target: device
  `),
)('%s', (id = '', values = '', place = '') => {
  test.each(values.split(', '))('makes the cloud incomplete if it is %s', value => {
    const { incomplete, clouds } = readCluster(withAttributes(cib, id, { value }))
    expect(clouds).toEqual([bare])
    expect(incomplete).toEqual([{ name: 'c0', why: expect.stringContaining(place) }])
  })
})

test.each(HOSTILE)('a storage node with the name %j is not used', hostile => {
  const changed = edited(cib, found =>
    found.name === 'expression' && found.attributes.value === 'node1'
      ? [{ ...found, attributes: { ...found.attributes, value: hostile } }]
      : undefined,
  )
  expect(readCluster(changed)).toMatchObject({ clouds: [], repairable: [] })
})

test.each(['all', 'snapshot1', 'my_cloud', 'x'.repeat(33)])('a cloud with the name %s is incomplete', name => {
  const { clouds, repairable, incomplete } = readCluster(cibOf({ clouds: [{ ...c0, name }], nodes }))
  expect({ clouds, repairable }).toEqual({ clouds: [], repairable: [] })
  expect(incomplete).toEqual([{ name, why: expect.stringContaining("is not a cloud's name") }])
})

describe('nodes', () => {
  const withNode = (...attributes: readonly { readonly [name: string]: string }[]) =>
    withChildren(cib, 'nodes', ...attributes.map(pairs => element('node', pairs)))

  // ids of the entries with the name | that of the one that Pacemaker has a state of | the one that is left out
  test.each(
    rows(`
      1, 9 | 1 | 9
      9, 1 | 1 | 9
      9, 1 | 9 | 1
      9, 7 |   | 9
    `),
  )('a name that occurs twice, with the ids %s, is one node', (ids = '', state = '', old = '') => {
    const attributes = element('instance_attributes', { id: 'a' }, [
      element('nvpair', { id: 'p', name: 'vhacs-storage', value: 'true' }),
    ])
    const changed = edited(cib, found => {
      if (found.name === 'node_state')
        return state === '' ? [] : [{ ...found, attributes: { ...found.attributes, id: state } }]
      if (found.name !== 'nodes') return undefined
      const entry = (id: string) => element('node', { id, uname: 'node1' }, id === old ? [] : [attributes])
      return [{ ...found, children: ids.split(', ').map(entry) }]
    })
    const { nodes: found, faults } = readCluster(changed)
    expect(found).toMatchObject([{ name: 'node1', attributes: { 'vhacs-storage': 'true' } }])
    expect(faults).toEqual([
      {
        place: `name of the node with the id ${old}`,
        why: expect.stringMatching(/^it is "node1", as is that of the node with the id \d$/),
        todo: expect.stringContaining(`cibadmin --delete --xpath "//nodes/node[@id='${old}']"`),
      },
    ])
  })

  test.each(HOSTILE)('a node with the name %j is left out, and reported', uname => {
    const { nodes: found, faults } = readCluster(withNode({ id: '9', uname }))
    expect(found.map(({ name }) => name)).toEqual(nodes)
    expect(faults).toEqual([
      {
        place: 'name of the node with the id 9',
        why: expect.stringContaining('a host name such as alpha is expected'),
        todo: expect.stringContaining('/etc/corosync/corosync.conf'),
      },
    ])
  })

  test.each(['a', '18node1', 'virt-136', 'c001n01.example.com', 'my_node'])('%s is the name of a node', uname => {
    expect(readCluster(withNode({ uname, id: '9' })).nodes.map(({ name }) => name)).toEqual([...nodes, uname])
  })

  test.each(
    rows(`
    vhacs-initiator | iqn.x;id
    vhacs-initiator | iqn.2026-01.org.example:a iqn.2026-01.org.example:b
    vhacs-storage   | yes
    vhacs-vhost     | $(id)
  `),
  )('the attribute %s is left out if it is %s', (name = '', hostile = '') => {
    const { nodes: found, faults } = readCluster(withNodeAttribute(cib, 'node1', name, hostile))
    expect(found[0]?.attributes[name]).toBeUndefined()
    expect(faults).toEqual([
      {
        place: `node attribute ${name} of node node1`,
        why: expect.stringContaining(`it is "${hostile}": `),
        todo: `correct it, or remove it with "crm_attribute --node node1 --name ${name} --delete"`,
      },
    ])
  })

  test('an initiator has its name in the form that targets compare', () => {
    const changed = withNodeAttribute(cib, 'node1', 'vhacs-initiator', 'iqn.1994-05.com.redhat:ABC')
    expect(readCluster(changed).nodes[0]?.attributes['vhacs-initiator']).toBe('iqn.1994-05.com.redhat:abc')
  })

  test('that are not members are distinguished, and take no part', () => {
    const remote = { id: 'r1', type: 'remote', uname: 'r1' }
    const { nodes: found, otherNodes } = readCluster(withNode(remote))
    expect(found.map(({ name }) => name)).toEqual(nodes)
    expect(otherNodes).toEqual([{ name: 'r1', kind: 'remote' }])
  })

  test('have no state in a CIB whose status is empty', () => {
    const empty = edited(cib, found => (found.name === 'status' ? [element('status', {})] : undefined))
    expect(readCluster(empty).nodes.map(({ isOnline }) => isOnline)).toEqual([undefined, undefined])
  })
})

test('capitals in the name of an initiator do not make a cloud incomplete', () => {
  const id = 'c0-target-instance_attributes-allowed_initiators'
  const capitals = withAttributes(cib, id, { value: c0.initiators.join(' ').toUpperCase().replaceAll('IQN', 'iqn') })
  expect(readCluster(capitals).clouds).toContainEqual(c0)
})

test('a resource of our agents that does not belong to a cloud is reported', () => {
  const own = '<primitive id="my-volume" class="ocf" provider="vhacs" type="lvm-volume"/>'
  const text = `<cib><configuration><resources>${own}</resources></configuration></cib>`

  expect(readCluster(text).incomplete).toEqual([
    { name: 'my-volume', why: 'this resource of a vhacs agent does not belong to a cloud' },
  ])
})

test('changes by operators do not make a cloud incomplete', () => {
  const slower = withAttributes(cib, 'c0-lvm-start-0s', { timeout: '300s' })
  const preferred = withAttributes(slower, 'c0-vhost-preference-1', { score: 'INFINITY' })
  const tuned = withAttributes(preferred, 'c0-mount-meta_attributes-resource-stickiness', { value: '7' })

  expect(readCluster(tuned).clouds).toContainEqual(c0)
})

test('preferred vhosts are read in the order of their scores, however they were edited', () => {
  const swapped = withAttributes(cib, 'c0-vhost-preference-2', { score: '5000' })

  expect(readCluster(swapped).clouds).toContainEqual({ ...c0, preferredVhosts: ['node1', 'node2'] })
  expect(readCluster(withoutId(cib, 'c0-vhost-preference-1')).clouds).toContainEqual({
    ...c0,
    preferredVhosts: ['node1'],
  })
})

test('a cloud with one layer stopped by hand is not in standby', () => {
  const halted = withMeta(cib, 'c0-mount', 'target-role', 'Stopped')

  expect(readCluster(halted).clouds).toContainEqual(c0)
})

test('text that is not a CIB is refused', () => {
  expect(() => readCluster('<diff/>')).toThrow('a CIB is expected, not <diff>')
  expect(() => readCluster('cib')).toThrow()
  expect(() => readCluster('')).toThrow('it is empty')
})
