import { assert, constantFrom, integer, property, record, shuffledSubarray, stringMatching, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read-cluster.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { type Element, element } from '../../../../cloud/xml.ts'
import { cibOf, edited, withNodeAttribute } from '../cib.ts'
import { bare, c0 } from '../examples.ts'

const nodes = ['node1', 'node2']
const cib = cibOf({ clouds: [c0, bare], nodes })

const without = (id: string) => edited(cib, ({ attributes }) => (attributes.id === id ? [] : undefined))
const withAttribute = (id: string, name: string, value: string) => edited(cib, found => changed(found, id, name, value))

function changed(found: Element, id: string, name: string, value: string): Element[] | undefined {
  return found.attributes.id === id ? [{ ...found, attributes: { ...found.attributes, [name]: value } }] : undefined
}

const targetRole = element('nvpair', { id: 'by-hand', name: 'target-role', value: 'Stopped' })

test('the clouds of a CIB are those it was composed of, sorted by name', () => {
  const c10 = { ...c0, name: 'c10' }
  const c9 = { ...c0, name: 'c9' }

  expect(readCluster(cibOf({ clouds: [c10, c9, c0, bare], nodes })).clouds).toEqual([c0, c9, c10, bare])
})

test('any cloud that is composed is read back the same', () => {
  const nodeName = stringMatching(/^[a-z][a-z0-9.-]{0,8}$/)
  const cloud = record<Cloud>({
    name: stringMatching(/^[a-zA-Z][a-zA-Z0-9-]{0,31}$/),
    volumeGroup: stringMatching(/^[a-zA-Z0-9+_.][a-zA-Z0-9+_.-]{0,10}$/),
    storageNodes: tuple(nodeName, nodeName).filter(([a, b]) => a !== b),
    minor: integer({ min: 0, max: 255 }),
    address: constantFrom('10.77.1.100', '192.0.2.1', '2001:db8::100'),
    prefixLength: integer({ min: 8, max: 126 }),
    iqn: stringMatching(/^iqn\.2026-01\.org\.vhacs:[a-z0-9.:-]{1,20}$/),
    tpgt: integer({ min: 1, max: 65535 }),
    initiators: shuffledSubarray(['iqn.2004-10.com.debian:1', 'iqn.2004-10.com.debian:2', 'eui.02004567a425678d']),
    directory: stringMatching(/^\/[ -.0-~]{1,20}$/),
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
    property(cloud, composed => {
      const { clouds, incomplete } = readCluster(cibOf({ clouds: [composed], nodes }))
      expect({ clouds, incomplete }).toEqual({ clouds: [composed], incomplete: [] })
    }),
  )
})

describe('the cluster', () => {
  test('has its name, nodes with their attributes, addresses and minors in use', () => {
    const offline = edited(withNodeAttribute(cib, 'node1', 'standby', 'on'), found =>
      found.name === 'node_state' && found.attributes.uname === 'node2'
        ? [{ ...found, attributes: { ...found.attributes, in_ccm: 'false', crmd: 'offline', join: 'down' } }]
        : undefined,
    )

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

  test('has nodes of unknown state when the CIB is without its status', () => {
    const configurationOnly = edited(cib, ({ name }) => (name === 'status' ? [] : undefined))

    expect(readCluster(configurationOnly).nodes.map(({ isOnline }) => isOnline)).toEqual([undefined, undefined])
  })

  test('has a node online whose state carries times instead of words, as from Pacemaker 2.1.7 on', () => {
    const timed = edited(cib, found =>
      found.name === 'node_state'
        ? [{ ...found, attributes: { ...found.attributes, in_ccm: '1767225600', crmd: '1767225601' } }]
        : undefined,
    )

    expect(readCluster(timed).nodes.map(({ isOnline }) => isOnline)).toEqual([true, true])
  })

  test('has no name and no clouds while it is new', () => {
    const empty = '<cib><configuration><crm_config/><nodes/><resources/><constraints/></configuration></cib>'

    expect(readCluster(empty)).toEqual({
      name: undefined,
      nodes: [],
      clouds: [],
      incomplete: [],
      repairable: [],
      addresses: [],
      minors: [],
    })
  })
})

describe('a cloud that is not as it was composed is reported, and says why, when', () => {
  test.each([
    ['a constraint is gone', without('c0-drbd-export-order'), 'the constraint c0-drbd-export-order is missing'],
    ['a group is gone', without('c0-export'), 'the resource c0-target is missing'],
    ['its storage nodes are not named', without('c0-storage-location'), 'c0-storage-location, which names'],
    [
      'an order is turned into another',
      withAttribute('c0-mount-export-stop-order', 'kind', 'Mandatory'),
      'the constraint c0-mount-export-stop-order is different',
    ],
    [
      'its parts contradict each other',
      withAttribute('c0-session-instance_attributes-iqn', 'value', 'iqn.2026-01.org.vhacs:lab:other'),
      'c0-session: iqn is iqn.2026-01.org.vhacs:lab:other, not iqn.2026-01.org.vhacs:lab:c0',
    ],
    [
      'the exported device is not a DRBD device by number',
      withAttribute('c0-target-instance_attributes-device', 'value', '/dev/drbd/by-res/c0/0'),
      'c0-target: device "/dev/drbd/by-res/c0/0" does not have the form that vhacs uses',
    ],
    [
      'a resource has another agent',
      withAttribute('c0-address', 'type', 'IPaddr'),
      'c0-address is ocf:heartbeat:IPaddr,',
    ],
    [
      'its DRBD is not promotable',
      withAttribute('c0-drbd-clone-meta_attributes-promotable', 'value', 'false'),
      'c0-drbd-clone: promotable is false',
    ],
    [
      'a group has another member',
      edited(cib, found =>
        found.attributes.id === 'c0-mount'
          ? [
              {
                ...found,
                children: [...found.children, { name: 'primitive', attributes: { id: 'web' }, children: [] }],
              },
            ]
          : undefined,
      ),
      'c0-mount consists of c0-session, c0-filesystem, web, not of c0-session, c0-filesystem',
    ],
  ])('%s', (_case, text, why) => {
    const { clouds, incomplete } = readCluster(text)

    expect(clouds).toEqual([bare])
    expect(incomplete).toEqual([{ name: 'c0', why: expect.stringContaining(why) }])
  })
})

test('a resource of vhacs that is named after no cloud is reported', () => {
  const own = '<primitive id="my-volume" class="ocf" provider="vhacs" type="lvm-volume"/>'
  const text = `<cib><configuration><resources>${own}</resources></configuration></cib>`

  expect(readCluster(text).incomplete).toEqual([
    { name: 'my-volume', why: 'this resource of a vhacs agent does not belong to a cloud' },
  ])
})

test('what operators tune does not make a cloud another one', () => {
  const tuned = edited(
    cib,
    found =>
      changed(found, 'c0-lvm-start-0s', 'timeout', '300s') ??
      changed(found, 'c0-vhost-preference-1', 'score', 'INFINITY') ??
      changed(found, 'c0-mount-meta_attributes-resource-stickiness', 'value', '7'),
  )

  expect(readCluster(tuned).clouds).toContainEqual(c0)
})

test('preferences for vhosts are read by their scores, however they were edited', () => {
  const swapped = withAttribute('c0-vhost-preference-2', 'score', '5000')

  expect(readCluster(swapped).clouds).toContainEqual({ ...c0, preferredVhosts: ['node1', 'node2'] })
  expect(readCluster(without('c0-vhost-preference-1')).clouds).toContainEqual({ ...c0, preferredVhosts: ['node1'] })
})

test('a cloud of which one layer is stopped by hand is not in standby', () => {
  const halted = edited(cib, found =>
    found.attributes.id === 'c0-mount-meta_attributes'
      ? [{ ...found, children: [...found.children, targetRole] }]
      : undefined,
  )

  expect(readCluster(halted).clouds).toContainEqual(c0)
})

test('text that is no CIB is refused', () => {
  expect(() => readCluster('<diff/>')).toThrow('a CIB is expected, not <diff>')
  expect(() => readCluster('cib')).toThrow()
  expect(() => readCluster('')).toThrow('empty')
})
