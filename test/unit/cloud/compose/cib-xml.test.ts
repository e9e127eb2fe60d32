import { expect, test } from 'vitest'
import { constraintElements, resourceElements } from '../../../../cloud/compose/cib-xml.ts'
import { compose } from '../../../../cloud/compose/compose.ts'
import { element, printXml } from '../../../../cloud/xml.ts'
import { cibOf } from '../cib.ts'
import { bare, c0 } from '../examples.ts'
import { verify } from '../pacemaker.ts'

const FIXTURES = '../../../fixtures/cib'

test('the resources of a cloud are printed as in the fixture', async () => {
  const xml = printXml(element('resources', {}, resourceElements(compose(c0))))

  await expect(xml).toMatchFileSnapshot(`${FIXTURES}/c0-resources.xml`)
})

test('the constraints of a cloud are printed as in the fixture', async () => {
  const xml = printXml(element('constraints', {}, constraintElements(compose(c0))))

  await expect(xml).toMatchFileSnapshot(`${FIXTURES}/c0-constraints.xml`)
})

test('open values are left out', () => {
  const xml = printXml(element('resources', {}, resourceElements(compose(bare))))

  expect(xml).not.toContain('allowed_initiators')
  expect(xml).not.toContain('name="options"')
  expect(xml).not.toContain('value=""')
})

test('clouds whose names look like ids of one another share no id', () => {
  const names = ['a', 'a-lvm', 'a-drbd', 'a-drbd-clone', 'a-export', 'a-mount', 'a-lvm-drbd', 'a-vhost-preference-1']
  const clouds = names.map((name, minor) => ({ ...c0, name, minor, address: `10.77.1.${minor + 1}` }))

  expect(verify(cibOf({ clouds, nodes: ['node1', 'node2'] }))).toBe('')
})

test('values with special characters of XML are escaped, so that Pacemaker accepts them', () => {
  const cloud = { ...c0, directory: `/srv/"R&D" <it's>` }

  expect(verify(cibOf({ clouds: [cloud], nodes: ['node1', 'node2'] }))).toBe('')
})
