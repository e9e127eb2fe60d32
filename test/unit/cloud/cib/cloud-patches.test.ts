import { expect, test } from 'vitest'
import { banPatch, createPatch, destroyPatch, startPatch, stopPatch } from '../../../../cloud/cib/cloud-patches.ts'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { element, parseXml } from '../../../../cloud/xml.ts'
import { cibOf, edited, withChildren } from '../cib.ts'
import { bare, c0 } from '../examples.ts'
import { patched, verify } from '../pacemaker.ts'

const nodes = ['node1', 'node2']

/** Without the epoch, which every change raises. */
function content(cib: string) {
  return parseXml(cib).children
}

test.each([
  ['without clouds', []],
  ['with another cloud', [bare]],
])('a CIB %s is the same after a cloud is created and destroyed', (_case, clouds) => {
  const before = cibOf({ clouds, nodes })

  const created = patched(before, createPatch(c0))
  expect(verify(created.cib)).toBe('')
  expect(readCluster(created.cib).clouds).toEqual([c0, ...clouds])

  const destroyed = patched(created.cib, destroyPatch('c0', parseXml(created.cib)))
  expect(content(destroyed.cib)).toEqual(content(before))
})

test('a cloud with an existing name is refused, and the CIB does not change', () => {
  const before = cibOf({ clouds: [c0], nodes })

  const again = patched(before, createPatch({ ...c0, minor: 1 }))

  expect(again.isRefused).toBe(true)
  expect(content(again.cib)).toEqual(content(before))
})

test('destroying removes foreign constraints on the cloud', () => {
  const move = { id: 'cli-prefer-c0-mount', rsc: 'c0-mount', node: 'node1', score: 'INFINITY' }
  const moved = withChildren(cibOf({ clouds: [c0, bare], nodes }), 'constraints', element('rsc_location', move))

  const destroyed = patched(moved, destroyPatch('c0', parseXml(moved)))

  expect(destroyed.isRefused).toBe(false)
  expect(content(destroyed.cib)).toEqual(content(cibOf({ clouds: [bare], nodes })))
})

test('destroying removes what remains of an incomplete cloud', () => {
  const half = edited(cibOf({ clouds: [c0], nodes }), found =>
    found.attributes.id === 'c0-mount' ||
    String(found.attributes.first ?? found.attributes.rsc).startsWith('c0-mount') ||
    found.attributes.then === 'c0-mount'
      ? []
      : undefined,
  )

  const destroyed = patched(half, destroyPatch('c0', parseXml(half)))

  expect(content(destroyed.cib)).toEqual(content(cibOf({ clouds: [], nodes })))
})

test('destroying is refused when a group of the cloud contains another resource', () => {
  const web = element('primitive', { id: 'web', class: 'ocf' })
  const shared = withChildren(cibOf({ clouds: [c0], nodes }), 'c0-mount', web)

  expect(() => destroyPatch('c0', parseXml(shared))).toThrow('c0-mount also contains web')
})

test('destroying is refused when a constraint names the cloud in a set', () => {
  const set = element('resource_set', { id: 'all-set' }, [element('resource_ref', { id: 'c0-mount' })])
  const withSet = withChildren(
    cibOf({ clouds: [c0], nodes }),
    'constraints',
    element('rsc_order', { id: 'all' }, [set]),
  )

  expect(() => destroyPatch('c0', parseXml(withSet))).toThrow('the constraint all refers to a set of resources')
})

test('one change stops all of a cloud and no other cloud, applied once or twice', () => {
  const running = cibOf({ clouds: [c0, bare], nodes })

  const once = patched(running, stopPatch('c0', parseXml(running))).cib
  const twice = patched(once, stopPatch('c0', parseXml(once))).cib

  for (const cib of [once, twice]) {
    const stopped = [...cib.matchAll(/id="(.*)-target-role" name="target-role" value="Stopped"/g)].map(([, id]) => id)
    expect(stopped).toEqual(['c0-lvm-clone', 'c0-drbd-clone', 'c0-export', 'c0-mount'])
    expect(verify(cib)).toBe('')
  }
})

test('a ban stops a cloud, applied once or twice, and starting the cloud lifts it', () => {
  const running = cibOf({ clouds: [c0, bare], nodes })

  const once = patched(running, banPatch('c0', parseXml(running))).cib
  const twice = patched(once, banPatch('c0', parseXml(once))).cib
  const started = patched(twice, startPatch('c0', parseXml(twice))).cib
  const destroyed = patched(twice, destroyPatch('c0', parseXml(twice))).cib

  expect(verify(twice)).toBe('')
  expect(readCluster(twice)).toMatchObject({ clouds: [{ ...c0, state: 'standby' }, bare], incomplete: [] })
  expect(content(started)).toEqual(content(running))
  expect(content(destroyed)).toEqual(content(cibOf({ clouds: [bare], nodes })))
})

test('what remains of an incomplete cloud can be banned', () => {
  const half = edited(
    cibOf({ clouds: [c0], nodes }),
    ({ name, attributes: { id = '', rsc, 'with-rsc': other, first, then } }) =>
      [id, rsc, other, first, then].includes('c0-mount') || (name === 'meta_attributes' && id.startsWith('c0-export'))
        ? []
        : undefined,
  )

  const ended = patched(half, banPatch('c0', parseXml(half)))

  expect(ended.isRefused).toBe(false)
  expect(verify(ended.cib)).toBe('')
  expect(ended.cib.match(/value="Stopped"/g)).toHaveLength(3)
})

test('an incomplete cloud cannot be stopped', () => {
  expect(() => stopPatch('c0', parseXml(cibOf({ clouds: [], nodes })))).toThrow('the CIB has no c0-mount')
})
