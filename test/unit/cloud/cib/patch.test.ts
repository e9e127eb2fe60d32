import { expect, test } from 'vitest'
import { deletions, modification } from '../../../../cloud/cib/patch.ts'
import { element } from '../../../../cloud/xml.ts'

test.each(["x']|//primitive[@id='y", "it's"])('no XPath is made of the id %s', id => {
  const node = element('node', { id, uname: 'alpha' })
  expect(() => deletions('/cib/configuration/nodes', [node])).toThrow(/^the CIB has an element with the id "/)
  expect(() => modification('/cib/configuration/nodes', node, 'uname', 'beta')).toThrow(/: give it another$/)
})
