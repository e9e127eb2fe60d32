import { expect, test } from 'vitest'
import { commentsOn } from '../../../../cloud/compose/comments.ts'
import { compose } from '../../../../cloud/compose/compose.ts'
import { crmNodeText, crmText } from '../../../../cloud/compose/crm-text.ts'
import { c0 } from '../examples.ts'

test('a cloud is printed as an operator would type it at crm configure, as in the fixture', async () => {
  await expect(crmText(compose(c0))).toMatchFileSnapshot('../../../fixtures/cib/c0.crm')
})

test('a value with spaces, quotes or backslashes is quoted', () => {
  const text = crmText(compose({ ...c0, directory: '/srv/two words/"x"\\y' }))

  expect(text).toContain('directory="/srv/two words/\\"x\\"\\\\y"')
})

/** Every text of a cloud, one after the other, with what would be a command of crmsh on a line of its own. */
const LINES = ['\nproperty stonith-enabled=false', '\r\ndelete c0', '\u2028x', 'a\u0085b', 'a\u0000']

test.each(LINES)('no value of a cloud adds a command: %j', line => {
  const texts = Object.entries(c0).flatMap(([key, value]) => {
    if (typeof value === 'string' && key !== 'state') return [{ ...c0, [key]: `${value}${line}` }]
    return Array.isArray(value) ? [{ ...c0, [key]: value.map(item => `${item}${line}`) }] : []
  })
  expect(texts.length).toBeGreaterThan(8)
  for (const cloud of texts) expect(() => crmText(compose(cloud), commentsOn(cloud))).toThrow('control character')
})

test.each(LINES)('neither the name of a node nor an attribute adds a command: %j', line => {
  expect(() => crmNodeText({ name: `alpha${line}`, attributes: { standby: 'on' } }, 'set')).toThrow('control character')
  expect(() => crmNodeText({ name: 'alpha', attributes: { standby: `on${line}` } }, 'set')).toThrow('control character')
})
