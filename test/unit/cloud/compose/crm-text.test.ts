import { expect, test } from 'vitest'
import { compose } from '../../../../cloud/compose/compose.ts'
import { crmText } from '../../../../cloud/compose/crm-text.ts'
import { c0 } from '../examples.ts'

test('a cloud is printed as an operator would type it at crm configure, as in the fixture', async () => {
  await expect(crmText(compose(c0))).toMatchFileSnapshot('../../../fixtures/cib/c0.crm')
})

test('a value with spaces, quotes or backslashes is quoted', () => {
  const text = crmText(compose({ ...c0, directory: '/srv/two words/"x"\\y' }))

  expect(text).toContain('directory="/srv/two words/\\"x\\"\\\\y"')
})
