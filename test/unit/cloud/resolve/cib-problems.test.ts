import { describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { constraintElements, resourceElements } from '../../../../cloud/compose/cib-xml.ts'
import { compose } from '../../../../cloud/compose/compose.ts'
import { descendants, element, parseXml } from '../../../../cloud/xml.ts'
import { edited, withChildren } from '../cib.ts'
import { c0, cibWith, cloudsOf, context, problemLines, resolved } from './lab.ts'

const FILE = 'clouds: [{name: mail, size: 1G}]'

/** The problems of a file whose clouds are to be added to a CIB. */
function problemsWith(cib: string, file = FILE): string[] {
  return problemLines(resolved(file, context([], { cluster: readCluster(cib), cib: parseXml(cib) })))
}

const withSchema = (schema: string) =>
  edited(cibWith([c0]), found =>
    found.name === 'cib' ? [{ ...found, attributes: { ...found.attributes, 'validate-with': schema } }] : undefined,
  )

describe('a CIB whose schema has no role Promoted', () => {
  test.each([
    'pacemaker-3.5',
    'pacemaker-3.6',
    'pacemaker-2.10',
    'pacemaker-1.2',
  ])('%s accepts no new cloud', schema => {
    expect(problemsWith(withSchema(schema))).toEqual([
      `clouds: the CIB has the schema ${schema}, and clouds need pacemaker-3.7 or later: once all nodes run Pacemaker 2.1 or later, run "cibadmin --upgrade --force"`,
    ])
    expect(problemsWith(withSchema(schema), 'clouds: [{name: c0, directory: /srv/c0}]')).toEqual([])
  })

  test.each(['pacemaker-3.7', 'pacemaker-3.10', 'pacemaker-4.0', 'none', 'pacemaker-next'])('is not %s', schema => {
    expect(problemsWith(withSchema(schema))).toEqual([])
  })
})

describe('an id of a new cloud that is taken', () => {
  const primitive = element('primitive', { id: 'www', class: 'ocf', provider: 'heartbeat', type: 'Dummy' }, [
    element('meta_attributes', { id: 'mail-lvm-meta_attributes' }, [
      element('nvpair', { id: 'mail-lvm-instance_attributes', name: 'x', value: 'y' }),
    ]),
  ])
  const tags = element('tags', {}, [element('tag', { id: 'mail-lvm' }, [element('obj_ref', { id: 'c0-lvm' })])])
  const add = { id: 'mail-mount', rsc: 'c0-mount', node: 'node1', score: '1' }

  test.each([
    ['a tag', 'configuration', tags, 'mail-lvm is taken by the tag of that name in the CIB: rename that, or choose'],
    ['a constraint', 'constraints', element('rsc_location', add), 'mail-mount is taken by the location constraint in'],
    [
      'a resource',
      'resources',
      { ...primitive, attributes: { ...primitive.attributes, id: 'mail-drbd' }, children: [] },
      'mail-drbd is taken by the resource in',
    ],
    ['a part of a resource', 'resources', primitive, 'mail-lvm-instance_attributes is taken by the element nvpair of'],
  ])('belongs to %s, which is reported', (_, owner, added, words) => {
    expect(problemsWith(withChildren(cibWith([c0]), owner, added))).toEqual([
      expect.stringContaining(`clouds[0].name: ${words}`),
    ])
  })

  test('is found whichever of its ids it is', () => {
    const [mail] = cloudsOf(resolved(FILE, context([])))
    const composition = compose(mail ?? c0)
    const parts = [...resourceElements(composition), ...constraintElements(composition)]
    const all = element('all', {}, parts)
    const kinds =
      'clone group primitive meta_attributes nvpair op rsc_location rsc_colocation rsc_order rule expression'
    const ids = kinds.split(' ').flatMap(kind => descendants(all, kind).map(({ attributes }) => attributes.id ?? ''))
    expect(ids.length).toBeGreaterThan(60)
    for (const id of ids) {
      const tags = element('tags', {}, [element('tag', { id })])
      expect(problemsWith(withChildren(cibWith([]), 'configuration', tags))).toEqual([
        expect.stringContaining(`${id} is taken by the tag`),
      ])
    }
  })

  test('may be referred to, and be the id of a node', () => {
    const tag = element('tags', {}, [element('tag', { id: 't' }, [element('obj_ref', { id: 'mail-lvm' })])])
    expect(problemsWith(withChildren(cibWith([c0]), 'configuration', tag))).toEqual([])
    expect(problemsWith(cibWith([c0]).replaceAll('id="1"', 'id="mail-lvm"'))).toEqual([])
  })
})
