import { expect, test } from 'vitest'
import { constraintElements, resourceElements } from '../../../../cloud/compose/cib-xml.ts'
import { compose } from '../../../../cloud/compose/compose.ts'
import type { Element } from '../../../../cloud/xml.ts'
import { bare, c0 } from '../examples.ts'

const REFERENCES = ['rsc', 'with-rsc', 'first', 'then']

/** The elements within, and the element itself. */
const all = (found: Element): Element[] => [found, ...found.children.flatMap(all)]

test.each([
  c0,
  bare,
  { ...c0, state: 'standby' as const },
])('every constraint of %o is on a group or clone, never on a member', cloud => {
  const composition = compose(cloud)
  const wholes = resourceElements(composition).map(({ attributes }) => attributes.id)
  const named = constraintElements(composition)
    .flatMap(all)
    .flatMap(({ attributes }) => REFERENCES.flatMap(name => attributes[name] ?? []))
  expect(named.length).toBeGreaterThan(5)
  expect(wholes).toEqual(expect.arrayContaining(named))
})
