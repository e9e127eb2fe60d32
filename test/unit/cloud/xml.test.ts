import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Arbitrary, array, assert, constant, constantFrom, dictionary, property, record, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agents } from '../../../agents/all.ts'
import { memberIds } from '../../../cloud/cib/elements.ts'
import { descendants, type Element, parseXml, printXml } from '../../../cloud/xml.ts'

const root = join(import.meta.dirname, '../../..')
const fixture = readFileSync(join(root, 'test/fixtures/cib/in-an-operators-order.xml'), 'utf8')

test('a CIB is printed in the order in which it was read', () => {
  expect(printXml(parseXml(fixture))).toBe(fixture)
})

test('elements that are nested too deeply for the stack are refused', () => {
  const deep = `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`
  expect(() => parseXml(deep)).toThrow(/^its elements are nested more than 500 deep$/)
})

test.each([
  ['', 'it is empty'],
  ['no element', 'it is not well-formed XML in line 1, column 1'],
  ['<a>\n <b\n></a>', 'it is not well-formed XML in line 3, column 5'],
  ['<a x="&unknown;"/>', 'it is not well-formed XML in line 1, column 15'],
  ['<a hasOwnProperty="1" x="2"/>', 'it is not well-formed XML'],
])('of the text %j it is said what is wrong and where', (text, message) => {
  expect(() => parseXml(text)).toThrow(new Error(message))
})

test('what a tool prints after the element is ignored', () => {
  expect(parseXml('<?xml version="1.0"?>\n<a x="&lt;"/>\nwarning: <b>')).toEqual({
    name: 'a',
    attributes: { x: '<' },
    children: [],
  })
})

test('the members of a group are read in the order in which they start', () => {
  const [group] = descendants(parseXml(fixture), 'group')

  expect(group && memberIds(group)).toEqual(['z-target', 'a-address', 'm-last'])
})

describe('the meta-data of', () => {
  test.each(
    agents.map(agent => [agent.name, agent] as const),
  )('%s is read in the order in which it declares its parameters and actions', (name, agent) => {
    const text = readFileSync(join(root, `metadata/${name}.xml`), 'utf8')
    const namesOf = (kind: string) => descendants(parseXml(text), kind).map(({ attributes }) => attributes.name)

    expect(namesOf('parameter')).toEqual(Object.keys(agent.parameters))
    expect(namesOf('action')).toEqual([...text.matchAll(/<action name="([^"]+)"/g)].map(([, action]) => action))
  })

  test('every agent exists', () => {
    expect(readdirSync(join(root, 'metadata')).filter(file => file.endsWith('.xml'))).toHaveLength(agents.length)
  })
})

test('any elements are the same after they are printed and read', () => {
  const name = constantFrom('group', 'clone', 'primitive', 'nvpair')
  const attributes = dictionary(constantFrom('id', 'name', 'value'), string({ unit: 'grapheme-ascii' }), {
    noNullPrototype: true,
  })
  const above = (children: Arbitrary<Element[]>) => record({ name, attributes, children })
  const leaf = above(constant([]))
  const tree = above(array(above(array(leaf, { maxLength: 4 })), { maxLength: 6 }))

  assert(
    property(tree, written => {
      expect(parseXml(printXml(written))).toEqual(written)
    }),
  )
})
