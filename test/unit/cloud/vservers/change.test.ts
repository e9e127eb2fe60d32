import { describe, expect, test } from 'vitest'
import { vserverDifferences } from '../../../../cloud/change/vservers/describe-vserver.ts'
import { mergeVserver } from '../../../../cloud/change/vservers/merge-vserver.ts'
import { planVservers } from '../../../../cloud/change/vservers/plan-vservers.ts'
import { destroyPatch } from '../../../../cloud/cib/cloud-patches.ts'
import { type Change, patchText } from '../../../../cloud/cib/patch.ts'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { vserverRemovals, vserverStartPatch, vserverStopPatch } from '../../../../cloud/cib/vservers/patches.ts'
import type { Vserver } from '../../../../cloud/cloud.ts'
import { constraintElements, resourceElements } from '../../../../cloud/compose/cib-xml.ts'
import { commentsOnVserver } from '../../../../cloud/compose/comments.ts'
import { crmText } from '../../../../cloud/compose/crm-text.ts'
import { composeVserver } from '../../../../cloud/compose/vservers/vserver.ts'
import { OPEN } from '../../../../cloud/configuration.ts'
import { child, element, parseXml, printXml } from '../../../../cloud/xml.ts'
import { cibOf, withAttributes, withoutId } from '../cib.ts'
import { bare, c0, db0, web0 } from '../examples.ts'
import { patched, verify } from '../pacemaker.ts'

const FIXTURES = '../../../fixtures/cib'
const nodes = ['node1', 'node2']
const cib = cibOf({ clouds: [c0, bare], vservers: [web0, db0], nodes })

const configurationOf = (text: string) => child(parseXml(text), 'configuration') ?? element('configuration', {})
const vserversIn = (text: string) => readCluster(text).vservers

/** The CIB after a patch, by the real cibadmin, and valid for crm_verify. */
function applied(text: string, patch: string): string {
  const { cib: result, isRefused } = patched(text, patch)
  expect(isRefused).toBe(false)
  expect(verify(result)).toBe('')
  return result
}

const merged = (text: string, before: Vserver, after: Vserver, cloud = c0): Change[] =>
  mergeVserver(configurationOf(text), { vserver: before, cloud: c0 }, { vserver: after, cloud })

test('vservers are composed as in the fixtures', async () => {
  const all = [web0, db0].map(vserver => composeVserver(vserver, c0))
  const elements = [
    element('resources', {}, all.flatMap(resourceElements)),
    element('constraints', {}, all.flatMap(constraintElements)),
  ]
  const text = [web0, db0].map(vserver => crmText(composeVserver(vserver, c0), commentsOnVserver(vserver, c0)))

  await expect(printXml(element('configuration', {}, elements))).toMatchFileSnapshot(`${FIXTURES}/vservers.xml`)
  await expect(text.join('\n')).toMatchFileSnapshot(`${FIXTURES}/vservers.crm`)
})

test('vservers are read as they were composed, beside clouds with the same and similar names', () => {
  const names = ['c0', 'c0-vserver', 'c0-mount', 'c0-container', 'West-1']
  const vservers = names.map(name => ({ ...db0, name, tree: name }))
  const text = cibOf({ clouds: [c0, bare], vservers, nodes })

  expect(verify(text)).toBe('')
  expect(readCluster(text)).toMatchObject({ clouds: [c0, bare], incomplete: [] })
  expect(vserversIn(text)).toMatchObject({
    complete: vservers.toSorted((a, b) => a.name.localeCompare(b.name)),
    incomplete: [],
  })
})

test.each<[string, Vserver, Partial<Vserver>, string[]]>([
  ['nothing', db0, {}, []],
  ['its state', web0, { state: 'standby' }, ['state: active -> standby']],
  ['its directory', web0, { tree: 'other/web0' }, ['directory: /srv/c0/web0 -> /srv/c0/other/web0']],
  ['a parameter', web0, { parameters: { network: 'host' } }, ['network: default -> host']],
  [
    'no parameters',
    db0,
    { parameters: {} },
    Object.entries(db0.parameters).map(([key, value]) => `${key}: ${value} -> default`),
  ],
  ['an address', web0, { address: { address: '192.0.2.9', prefixLength: 24 } }, ['address: none -> 192.0.2.9/24']],
  [
    'another address',
    db0,
    { address: { address: '2001:db8::9', prefixLength: 64 } },
    ['address: 192.0.2.10/24 -> 2001:db8::9/64'],
  ],
  ['no address', db0, { address: undefined }, ['address: 192.0.2.10/24 -> none']],
])('a vserver gets %s, and the others do not change', (_, before, change, lines) => {
  const after = { ...before, ...change }
  const result = applied(cib, patchText(merged(cib, before, after)))

  expect(vserversIn(result)).toMatchObject({
    complete: [db0, web0].map(vserver => (vserver.name === after.name ? after : vserver)),
    incomplete: [],
  })
  expect(merged(result, after, after)).toEqual([])
  expect(vserverDifferences({ vserver: before, cloud: c0 }, { vserver: after, cloud: c0 }).sort()).toEqual(lines.sort())
})

test('a stop has the time that a shutdown takes', () => {
  const slow = { ...web0, parameters: { shutdown_timeout: '600' } }
  const result = applied(cib, patchText(merged(cib, web0, slow)))

  expect(result).toMatch(/id="web0-container-stop-0s"[^>]*timeout="900s"/)
  expect(applied(result, patchText(merged(result, slow, web0)))).toMatch(
    /id="web0-container-stop-0s"[^>]*timeout="120s"/,
  )
})

describe('the deep monitor', () => {
  const DEEP = 'web0-container-monitor-62445ms'
  const levels = (text: string) => text.match(/id="[^"]*-OCF_CHECK_LEVEL"/g) ?? []
  const withCommand = { ...web0, parameters: { command: '/usr/bin/nginx' } }
  const repairs = (text: string) => {
    const open = { tree: undefined, address: undefined, preferredVhosts: undefined, state: undefined }
    const wanted = { ...open, name: 'web0', cloud: 'c0', parameters: {} }
    const { vservers } = readCluster(text)
    return planVservers(configurationOf(text), { vservers }, [], [{ wanted, present: web0, vserver: web0, cloud: c0 }])
      .changed
  }

  test('is removed with the init that it asks, and comes back with it', () => {
    const without = applied(cib, patchText(merged(cib, web0, withCommand)))

    expect(levels(without)).toEqual([])
    expect(levels(applied(without, patchText(merged(without, withCommand, web0))))).toEqual(levels(cib))
  })

  test.each([
    ['no such operation', withoutId(cib, DEEP)],
    ['one without the level', withoutId(cib, `${DEEP}-instance_attributes`)],
  ])('is added to a vserver with %s, which is complete nevertheless', (_, text) => {
    expect(vserversIn(text).complete).toEqual([db0, web0])
    expect(repairs(text)).toEqual([{ name: 'web0', lines: ['repair: no deep monitor reports failed services in it'] }])
    expect(levels(applied(text, patchText(merged(text, web0, web0))))).toEqual(levels(cib))
  })

  test.each([
    ['another interval', { id: 'web0-deep', interval: '600s' }],
    ['switched off', { enabled: 'false' }],
  ])('of an operator stays: %s', (_, attributes) => {
    const text = withAttributes(cib, DEEP, attributes)

    expect(repairs(text)).toEqual([])
    expect(levels(applied(text, patchText(merged(text, web0, withCommand))))).toHaveLength('id' in attributes ? 1 : 0)
  })
})

test('a vserver that no file names follows the directory of its cloud', () => {
  const wanted = { ...OPEN, name: 'c0', sizeBytes: undefined }
  const clouds = [{ wanted, present: c0, cloud: { ...c0, directory: '/srv/other' }, isAdopted: false }]
  const plan = planVservers(configurationOf(cib), readCluster(cib), clouds, [])

  expect(plan.changed.map(({ lines }) => lines)).toEqual([
    ['directory: /srv/c0/servers/db -> /srv/other/servers/db'],
    ['directory: /srv/c0/web0 -> /srv/other/web0'],
  ])
  expect(plan.absent).toEqual(['db0', 'web0'])
})

describe('a vserver that deviates', () => {
  const withValue = (name: string, value: string) =>
    withAttributes(cib, `web0-container-instance_attributes-${name}`, { value })

  test.each<[string, string, string]>([
    [
      'without a constraint',
      withoutId(cib, 'web0-vserver-mount-colocation'),
      'the constraint web0-vserver-mount-colocation is missing',
    ],
    [
      'with another order',
      withAttributes(cib, 'web0-mount-vserver-order', { kind: 'Optional' }),
      'the constraint web0-mount-vserver-order is different',
    ],
    ['with another machine', withValue('machine', 'web1'), 'web0-container: machine is web1, not web0'],
  ])('%s is repaired', (_, text, why) => {
    const { complete, incomplete, repairable } = vserversIn(text)

    expect({ complete, incomplete, repairable }).toEqual({
      complete: [db0],
      incomplete: [{ name: 'web0', why, cloud: 'c0' }],
      repairable: [web0],
    })
    expect(vserversIn(applied(text, patchText(merged(text, web0, web0))))).toMatchObject({ complete: [db0, web0] })
  })

  test.each<[string, string, string]>([
    [
      'on no cloud',
      withoutId(withoutId(cib, 'web0-vserver-mount-colocation'), 'web0-mount-vserver-order'),
      'the constraints web0-vserver-mount-colocation and web0-mount-vserver-order, which name its cloud, are missing or different',
    ],
    ['on a cloud that cannot be read', withoutId(cib, 'c0-address'), 'its cloud c0 cannot be read'],
    [
      'with a directory elsewhere',
      withValue('directory', '/srv/web0'),
      'web0-container: directory /srv/web0 is not below /srv/c0, where c0 is mounted',
    ],
    [
      'with a directory that leads out',
      withValue('directory', '/srv/c0/../x'),
      'web0-container: directory is "../x": a directory of the cloud is expected',
    ],
  ])('%s cannot be read, and the cloud is as before', (_, text, why) => {
    const cluster = readCluster(text)
    const found = cluster.vservers.incomplete.find(({ name }) => name === 'web0')

    expect(found?.why).toContain(why)
    expect(cluster.vservers.repairable.map(({ name }) => name)).not.toContain('web0')
  })
})

test('a vserver is removed with what operators have added to it, and nothing else', () => {
  const result = applied(cib, patchText(vserverRemovals('web0', parseXml(cib))))

  expect(result).not.toContain('web0')
  expect(readCluster(result)).toMatchObject({ clouds: [c0, bare], vservers: { complete: [db0], incomplete: [] } })
})

test('a cloud is removed with its vservers, complete or not', () => {
  const text = withoutId(cib, 'web0-vserver-mount-colocation')
  const result = applied(text, destroyPatch('c0', parseXml(text)))

  expect(result).not.toMatch(/web0|db0|c0-/)
  expect(readCluster(result)).toMatchObject({
    clouds: [bare],
    incomplete: [],
    vservers: { complete: [], incomplete: [] },
  })
})

test('vservers are stopped, and start again', () => {
  const stopped = applied(cib, vserverStopPatch(['web0', 'db0'], parseXml(cib)))

  expect(vserversIn(stopped).complete).toMatchObject([{ state: 'standby' }, { state: 'standby' }])
  expect(vserversIn(applied(stopped, vserverStartPatch(['db0'], parseXml(stopped)))).complete).toMatchObject([
    db0,
    { ...web0, state: 'standby' },
  ])
})
