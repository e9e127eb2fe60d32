import { assert, constantFrom, property, record, shuffledSubarray, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergeCloud } from '../../../../cloud/change/merge-cloud.ts'
import { mergeNode } from '../../../../cloud/change/merge-node.ts'
import { type Change, patchText } from '../../../../cloud/cib/patch.ts'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { child, type Element, element, parseXml } from '../../../../cloud/xml.ts'
import { cibOf, edited, withAttributes, withChildren, withoutId } from '../cib.ts'
import { canonical } from '../compose/crm-and-pcs.ts'
import { bare, c0 } from '../examples.ts'
import { patched, verify } from '../pacemaker.ts'

const nodes = ['node1', 'node2', 'node3']
const cib = cibOf({ clouds: [c0, bare], nodes })

const configurationOf = (text: string): Element => {
  const configuration = child(parseXml(text), 'configuration')
  if (!configuration) throw new Error('no configuration')
  return configuration
}
const mergedInto = (text: string, before: Cloud, after: Cloud) =>
  applied(text, mergeCloud(configurationOf(text), before, after))

/** The CIB after the changes, by the real cibadmin, and valid for crm_verify. */
function applied(text: string, changes: readonly Change[]): string {
  const { cib: result, isRefused } = patched(text, patchText(changes))
  expect(isRefused).toBe(false)
  expect(verify(result)).toBe('')
  return result
}

test.each<[string, Partial<Cloud>]>([
  ['its mount options', { mountOptions: 'ro' }],
  ['no mount options', { mountOptions: '' }],
  ['its directory', { directory: '/srv/other' }],
  ['its address', { address: '2001:db8::7', prefixLength: 64 }],
  ['its initiators', { initiators: ['iqn.2026-01.org.example:x'] }],
  ['no initiators', { initiators: [] }],
  ['its preferred vhosts', { preferredVhosts: ['node3', 'node1', 'node2'] }],
  ['no preferred vhosts', { preferredVhosts: [] }],
  ['its preferred storage node', { storageNodes: ['node2', 'node1'] }],
  ['standby', { state: 'standby' }],
  ['CHAP', { chap: { initiator: { user: 'u', secret: '/etc/s' }, target: undefined } }],
  ['mutual CHAP', { chap: { initiator: { user: 'u', secret: 'lrm://' }, target: { user: 't', secret: '/etc/t' } } }],
])('a cloud that gets %s is the same as if composed with it', (_case, difference) => {
  const after = { ...c0, ...difference }

  const result = mergedInto(cib, c0, after)

  const wanted = cibOf({ clouds: [after, bare], nodes })
  expect(canonical(result, 'resources')).toEqual(canonical(wanted, 'resources'))
  expect(canonical(result, 'constraints')).toEqual(canonical(wanted, 'constraints'))
  expect(mergedInto(result, after, c0)).toSatisfy((back: string) => readCluster(back).clouds[0]?.name === 'c0')
  expect(canonical(mergedInto(result, after, c0), 'resources')).toEqual(canonical(cib, 'resources'))
})

describe('a cloud of an earlier version, whose DRBD has no portals,', () => {
  const id = 'c0-drbd-instance_attributes-portals'
  const old = withoutId(cib, id)

  test('is complete', () => {
    expect(old).not.toBe(cib)
    expect(readCluster(old)).toMatchObject({ incomplete: [], clouds: [c0, bare] })
  })

  test('does not get them by a change that need not restart DRBD', () => {
    expect(mergedInto(old, c0, c0)).not.toContain(id)
    expect(mergedInto(old, c0, { ...c0, mountOptions: 'ro' })).not.toContain(id)
  })

  test('gets them with another address', () => {
    expect(mergedInto(old, c0, { ...c0, address: '10.77.1.200' })).toContain(
      `<nvpair id="${id}" name="portals" value="10.77.1.200:3260"/>`,
    )
  })

  test('is incomplete with those of another cloud', () => {
    const other = withAttributes(cib, id, { value: '10.77.1.9:3260' })
    expect(readCluster(other).incomplete).toMatchObject([
      { name: 'c0', why: 'c0-drbd: portals is 10.77.1.9:3260, not 10.77.1.100:3260' },
    ])
  })
})

test('a cloud of an earlier version, without the constraint for lost links, is complete, and keeps that', () => {
  const old = withoutId(cib, 'c0-linked-location')
  expect(old).not.toBe(cib)
  expect(readCluster(old)).toMatchObject({ incomplete: [], clouds: [c0, bare] })
  expect(mergedInto(old, c0, { ...c0, mountOptions: 'ro' })).not.toContain('c0-linked-location')
})

test('any cloud can be changed to any other', () => {
  const variant = record({
    mountOptions: constantFrom('', 'ro', 'noatime'),
    directory: constantFrom('/a', '/b'),
    initiators: shuffledSubarray(['iqn.2026-01.org.example:x', 'iqn.2026-01.org.example:y']),
    preferredVhosts: shuffledSubarray(nodes),
    storageNodes: constantFrom<Cloud['storageNodes']>(['node1', 'node2'], ['node2', 'node1']),
    state: constantFrom<Cloud['state']>('active', 'standby'),
  }).map((difference): Cloud => ({ ...c0, ...difference }))

  assert(
    property(tuple(variant, variant), ([before, after]) => {
      const start = cibOf({ clouds: [before, bare], nodes })
      const { cib: result } = patched(start, patchText(mergeCloud(configurationOf(start), before, after)))
      expect(readCluster(result)).toMatchObject({ clouds: [after, bare], incomplete: [] })
    }),
    { numRuns: 10 },
  )
}, 30_000)

test('an unchanged cloud changes nothing in the CIB', () => {
  expect(mergeCloud(configurationOf(cib), c0, c0)).toEqual([])
})

test.each([
  ['without priorities', () => []],
  ['with other priorities', (pair: Element) => [{ ...pair, attributes: { ...pair.attributes, value: '7' } }]],
])('a cloud %s keeps that, whatever else changes', (_, change: (pair: Element) => Element[]) => {
  const former = edited(cib, found => (found.attributes.name === 'priority' ? change(found) : undefined))
  const priorities = (text: string) => text.match(/name="priority" value="[^"]*"/g)
  expect(mergeCloud(configurationOf(former), c0, c0)).toEqual([])
  const result = mergedInto(former, c0, { ...c0, mountOptions: 'ro', initiators: [] })
  expect(priorities(result)).toEqual(priorities(former))
})

describe('what somebody has added or tuned stays:', () => {
  const pair = (name: string, value: string) => element('nvpair', { id: 'mine', name, value })
  const location = element('rsc_location', { id: 'mine', rsc: 'c0-mount', node: 'node3', score: '5' })
  const web = element('primitive', { id: 'web', class: 'ocf', provider: 'heartbeat', type: 'Dummy' })
  const meta = 'c0-mount-meta_attributes'

  test.each<[string, (text: string) => string]>([
    ['a constraint', text => withChildren(text, 'constraints', location)],
    ['a resource', text => withChildren(text, 'resources', web)],
    ['a meta attribute', text => withChildren(text, meta, pair('priority', '7'))],
    ['the value of a meta attribute', text => withAttributes(text, `${meta}-resource-stickiness`, { value: '7' })],
    ['a parameter', text => withChildren(text, 'c0-session-instance_attributes', pair('recovery_limit', '900'))],
    ['a timeout', text => withAttributes(text, 'c0-filesystem-stop-0s', { timeout: '600s', 'on-fail': 'block' })],
    ['a stopped layer', text => withChildren(text, meta, pair('target-role', 'Stopped'))],
    ['an attribute of a node', text => withChildren(text, 'node1-attributes', pair('rack', '7'))],
    ['a property of the cluster', text => withChildren(text, 'options', pair('maintenance-mode', 'true'))],
  ])('%s', (_case, tune) => {
    const before = tune(cib)
    const after = { ...c0, mountOptions: 'ro', directory: '/srv/other', preferredVhosts: ['node3'] }

    const result = mergedInto(before, c0, after)

    const wanted = tune(cibOf({ clouds: [after, bare], nodes }))
    for (const section of ['nodes', 'resources', 'constraints'] as const)
      expect(canonical(result, section)).toEqual(canonical(wanted, section))
  })

  test('a comment', () => {
    const before = cib.replace('<primitive id="c0-filesystem"', '<!--# mine-->\n<primitive id="c0-filesystem"')

    expect(mergedInto(before, c0, { ...c0, mountOptions: 'ro' })).toContain('<!--# mine-->')
  })
})

describe('a secret in clear text in the CIB', () => {
  const hidden = { ...c0, chap: { initiator: { user: 'u', secret: '(not shown)' }, target: undefined } }
  const secret = 'verysecretindeed'
  const clear = cibOf({ clouds: [hidden], nodes }).replaceAll('(not shown)', secret)

  test('stays there, and is not shown', () => {
    const { clouds, incomplete } = readCluster(clear)
    expect({ clouds, incomplete }).toEqual({ clouds: [hidden], incomplete: [] })

    const changes = mergeCloud(configurationOf(clear), hidden, { ...hidden, mountOptions: 'ro' })
    expect(patchText(changes)).not.toContain(secret)
    expect(applied(clear, changes).match(new RegExp(`value="${secret}"`, 'g'))).toHaveLength(2)
  })

  test('is removed when CHAP is', () => {
    const result = mergedInto(clear, hidden, c0)

    expect(result).not.toContain('chap_')
    expect(readCluster(result)).toMatchObject({ clouds: [c0], incomplete: [] })
  })

  test('is not shown when it differs between the two sides', () => {
    const broken = clear.replace(/(id="c0-session-instance_attributes-chap_secret" .*value=")[^"]*"/, '$1lrm://"')
    const other = cibOf({
      clouds: [{ ...c0, chap: { initiator: { user: 'u', secret: 'lrm://' }, target: undefined } }],
      nodes,
    }).replace(/(id="c0-session-instance_attributes-chap_secret" .*value=")[^"]*"/, `$1${secret}"`)

    expect(JSON.stringify(readCluster(broken))).not.toContain(secret)
    expect(readCluster(other).incomplete).toEqual([{ name: 'c0', why: 'c0-session: chap_secret is wrong' }])
  })
})

describe('deviations of a cloud are repaired:', () => {
  const value = (id: string, text: string) => withAttributes(cib, id, { value: text })

  test.each([
    ['a missing constraint', withoutId(cib, 'c0-drbd-export-order')],
    ['another kind of constraint', withAttributes(cib, 'c0-mount-export-stop-order', { kind: 'Mandatory' })],
    ['a missing parameter', withoutId(cib, 'c0-session-instance_attributes-portals')],
    ['missing parameters', withoutId(cib, 'c0-session-instance_attributes')],
    ['another value', value('c0-session-instance_attributes-portals', '10.9.9.9:3260')],
    ['promotable', value('c0-drbd-clone-meta_attributes-promotable', 'false')],
  ])('%s', (_case, broken) => {
    expect(readCluster(broken).repairable).toEqual([c0])

    const result = mergedInto(broken, c0, c0)

    expect(readCluster(result)).toMatchObject({ clouds: [c0, bare], incomplete: [] })
    expect(canonical(result, 'resources')).toEqual(canonical(cib, 'resources'))
  })

  const web = element('primitive', { id: 'web' })
  const addressAgents = 'c0-address is ocf:heartbeat:IPaddr, not ocf:heartbeat:IPaddr2: repair it by hand'
  const members = 'c0-mount is a group c0-session c0-filesystem web, not a group c0-session c0-filesystem'

  test.each([
    ['another agent', withAttributes(cib, 'c0-address', { type: 'IPaddr' }), addressAgents],
    ['another member in a group', withChildren(cib, 'c0-mount', web), members],
    ['a missing session', withoutId(cib, 'c0-session'), 'c0-mount is a group c0-filesystem, not'],
  ])('but not %s', (_case, broken, message) => {
    expect(() => mergeCloud(configurationOf(broken), c0, c0)).toThrow(message)
  })
})

describe('a node', () => {
  const attributesOf = (text: string) => readCluster(text).nodes.find(({ name }) => name === 'node1')?.attributes
  const node = { name: 'node1', roles: undefined, initiator: undefined }
  const bareNode = withoutId(cib, 'node1-attributes')
  const rack = element('nvpair', { id: 'mine', name: 'rack', value: '7' })
  const rackOnly = withoutId(withChildren(cib, 'node1-attributes', rack), 'node1-vhacs-vhost')

  test.each([
    ['with another attribute', rackOnly, { rack: '7' }],
    ['without attributes', bareNode, {}],
    ['with another role', cib, {}],
  ])('%s gets roles and an initiator name', (_case, text, kept) => {
    const initiator = 'iqn.2026-01.org.example:one'

    const result = applied(text, mergeNode(configurationOf(text), { ...node, roles: ['storage'], initiator }))

    expect(attributesOf(result)).toEqual({ ...kept, 'vhacs-storage': 'true', 'vhacs-initiator': initiator })
  })

  test('that is listed twice is refused if something changes', () => {
    const twice = withChildren(cib, 'nodes', element('node', { id: '9', uname: 'node1' }))
    expect(mergeNode(configurationOf(twice), node)).toEqual([])
    expect(() => mergeNode(configurationOf(twice), { ...node, roles: ['storage'] })).toThrow(
      /^the CIB lists the node node1 twice: remove the entry of the node that is gone /,
    )
  })

  test('whose roles and initiator name are left open does not change', () => {
    expect(mergeNode(configurationOf(cib), node)).toEqual([])
    expect(mergeNode(configurationOf(cib), { ...node, roles: ['vhost'] })).toEqual([])
  })
})
