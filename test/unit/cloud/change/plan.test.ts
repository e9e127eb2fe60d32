import { assert, constantFrom, property, record, shuffledSubarray, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergeCloud } from '../../../../cloud/change/merge-cloud.ts'
import { mergeNode } from '../../../../cloud/change/merge-node.ts'
import { type Change, patchText } from '../../../../cloud/cib/patch.ts'
import { readCluster } from '../../../../cloud/cib/read-cluster.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { child, type Element, element, parseXml } from '../../../../cloud/xml.ts'
import { cibOf, edited } from '../cib.ts'
import { canonical } from '../compose/shells.ts'
import { bare, c0 } from '../examples.ts'
import { patched, verify } from '../pacemaker.ts'

const nodes = ['node1', 'node2', 'node3']
const cib = cibOf({ clouds: [c0, bare], nodes })

const configurationOf = (text: string): Element => {
  const found = child(parseXml(text), 'configuration')
  if (!found) throw new Error('no configuration')
  return found
}
const mergedInto = (text: string, before: Cloud, after: Cloud) =>
  applied(text, mergeCloud(configurationOf(text), before, after))

/** What the real cibadmin and crm_verify make of it. */
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
])('a cloud that is given %s is then what would have been composed', (_case, difference) => {
  const after = { ...c0, ...difference }

  const result = mergedInto(cib, c0, after)

  const wanted = cibOf({ clouds: [after, bare], nodes })
  expect(canonical(result, 'resources')).toEqual(canonical(wanted, 'resources'))
  expect(canonical(result, 'constraints')).toEqual(canonical(wanted, 'constraints'))
  expect(mergedInto(result, after, c0)).toSatisfy((back: string) => readCluster(back).clouds[0]?.name === 'c0')
  expect(canonical(mergedInto(result, after, c0), 'resources')).toEqual(canonical(cib, 'resources'))
})

test('any cloud that is changed to any other is then that', () => {
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

test('a cloud that stays as it is changes nothing', () => {
  expect(mergeCloud(configurationOf(cib), c0, c0)).toEqual([])
})

describe('what somebody has added or tuned stays:', () => {
  const within =
    (id: string, ...added: Element[]) =>
    (text: string) =>
      edited(text, found =>
        found.attributes.id === id ? [{ ...found, children: [...found.children, ...added] }] : undefined,
      )
  const pair = (id: string, name: string, value: string) => element('nvpair', { id, name, value })
  const tuned = [
    [
      'a constraint',
      (text: string) =>
        edited(text, found =>
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
        ),
    ],
    [
      'a resource',
      (text: string) =>
        edited(text, found =>
          found.name === 'resources'
            ? [
                {
                  ...found,
                  children: [
                    ...found.children,
                    element('primitive', { id: 'web', class: 'ocf', provider: 'heartbeat', type: 'Dummy' }),
                  ],
                },
              ]
            : undefined,
        ),
    ],
    ['a meta attribute', within('c0-mount-meta_attributes', pair('mine', 'priority', '7'))],
    [
      'another value of a meta attribute',
      (text: string) =>
        edited(text, found =>
          found.attributes.id === 'c0-mount-meta_attributes-resource-stickiness'
            ? [{ ...found, attributes: { ...found.attributes, value: '7' } }]
            : undefined,
        ),
    ],
    ['a parameter', within('c0-session-instance_attributes', pair('mine', 'recovery_limit', '900'))],
    [
      'a timeout',
      (text: string) =>
        edited(text, found =>
          found.attributes.id === 'c0-filesystem-stop-0s'
            ? [{ ...found, attributes: { ...found.attributes, timeout: '600s', 'on-fail': 'block' } }]
            : undefined,
        ),
    ],
    ['a layer that is stopped', within('c0-mount-meta_attributes', pair('mine', 'target-role', 'Stopped'))],
    ['an attribute of a node', within('node1-attributes', pair('mine', 'rack', '7'))],
    ['a property of the cluster', within('options', pair('mine', 'maintenance-mode', 'true'))],
  ] as const

  test.each(tuned)('%s', (_case, tune) => {
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

describe('a secret that is in the CIB in clear text', () => {
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

  test('goes when the cloud is to be without CHAP', () => {
    const result = mergedInto(clear, hidden, c0)

    expect(result).not.toContain('chap_')
    expect(readCluster(result)).toMatchObject({ clouds: [c0], incomplete: [] })
  })

  test('is not shown when both sides differ', () => {
    const broken = clear.replace(/(id="c0-session-instance_attributes-chap_secret" .*value=")[^"]*"/, '$1lrm://"')
    const other = cibOf({
      clouds: [{ ...c0, chap: { initiator: { user: 'u', secret: 'lrm://' }, target: undefined } }],
      nodes,
    }).replace(/(id="c0-session-instance_attributes-chap_secret" .*value=")[^"]*"/, `$1${secret}"`)

    expect(JSON.stringify(readCluster(broken))).not.toContain(secret)
    expect(readCluster(other).incomplete).toEqual([{ name: 'c0', why: 'c0-session: chap_secret is wrong' }])
  })
})

describe('what a cloud lacks is put right:', () => {
  const without = (id: string) => edited(cib, ({ attributes }) => (attributes.id === id ? [] : undefined))
  const withAttribute = (id: string, name: string, value: string) =>
    edited(cib, found =>
      found.attributes.id === id ? [{ ...found, attributes: { ...found.attributes, [name]: value } }] : undefined,
    )

  test.each([
    ['a constraint', without('c0-drbd-export-order')],
    ['another kind of constraint', withAttribute('c0-mount-export-stop-order', 'kind', 'Mandatory')],
    ['a parameter', without('c0-session-instance_attributes-portals')],
    ['all parameters', without('c0-session-instance_attributes')],
    ['another value', withAttribute('c0-session-instance_attributes-portals', 'value', '10.9.9.9:3260')],
    ['promotable', withAttribute('c0-drbd-clone-meta_attributes-promotable', 'value', 'false')],
  ])('%s', (_case, broken) => {
    expect(readCluster(broken).repairable).toEqual([c0])

    const result = mergedInto(broken, c0, c0)

    expect(readCluster(result)).toMatchObject({ clouds: [c0, bare], incomplete: [] })
    expect(canonical(result, 'resources')).toEqual(canonical(cib, 'resources'))
  })

  test.each([
    [
      'another agent',
      withAttribute('c0-address', 'type', 'IPaddr'),
      'c0-address is ocf:heartbeat:IPaddr, not ocf:heartbeat:IPaddr2: repair that by hand',
    ],
    [
      'another member in a group',
      edited(cib, found =>
        found.attributes.id === 'c0-mount'
          ? [{ ...found, children: [...found.children, element('primitive', { id: 'web' })] }]
          : undefined,
      ),
      'c0-mount is a group c0-session c0-filesystem web, not a group c0-session c0-filesystem',
    ],
    ['no session', without('c0-session'), 'c0-mount is a group c0-filesystem, not'],
  ])('but not %s', (_case, broken, message) => {
    expect(() => mergeCloud(configurationOf(broken), c0, c0)).toThrow(message)
  })
})

describe('a node', () => {
  const attributesOf = (text: string) => readCluster(text).nodes.find(({ name }) => name === 'node1')?.attributes
  const node = { name: 'node1', roles: undefined, initiator: undefined }
  const rackOnly = edited(cib, found =>
    found.attributes.id === 'node1-attributes'
      ? [{ ...found, children: [element('nvpair', { id: 'mine', name: 'rack', value: '7' })] }]
      : undefined,
  )
  const bareNode = edited(cib, ({ attributes }) => (attributes.id === 'node1-attributes' ? [] : undefined))

  test.each([
    ['with another attribute', rackOnly, { rack: '7' }],
    ['without attributes', bareNode, {}],
    ['with another role', cib, {}],
  ])('%s gets roles and a name', (_case, text, kept) => {
    const initiator = 'iqn.2026-01.org.example:one'

    const result = applied(text, mergeNode(configurationOf(text), { ...node, roles: ['storage'], initiator }))

    expect(attributesOf(result)).toEqual({ ...kept, 'vhacs-storage': 'true', 'vhacs-initiator': initiator })
  })

  test('of which nothing is wanted stays as it is', () => {
    expect(mergeNode(configurationOf(cib), node)).toEqual([])
    expect(mergeNode(configurationOf(cib), { ...node, roles: ['vhost'] })).toEqual([])
  })
})
