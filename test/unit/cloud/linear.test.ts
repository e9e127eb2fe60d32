import { expect, test } from 'vitest'
import { cloudNames, readCloud } from '../../../cloud/read-cloud.ts'
import { child, type Element, parseXml } from '../../../cloud/xml.ts'
import { cibOf } from './cib.ts'
import { c0 } from './examples.ts'

/** The element with all below it; each look at the children of one is counted. */
function counted(original: Element, count: () => void): Element {
  const children = original.children.map(found => counted(found, count))
  return {
    ...original,
    get children() {
      count()
      return children
    },
  }
}

/** How often children are looked at when that many clouds are read from a CIB. */
function looksAt(clouds: number): number {
  const all = Array.from({ length: clouds }, (_, minor) => ({ ...c0, name: `c${minor}`, minor }))
  const original = child(parseXml(cibOf({ clouds: all, nodes: ['node1', 'node2'] })), 'configuration')
  if (!original) throw new Error('the CIB has no configuration')
  let looks = 0
  const configuration = counted(original, () => {
    looks += 1
  })
  const read = cloudNames(configuration).map(name => readCloud(name, configuration))
  expect(read.filter(reading => 'cloud' in reading)).toHaveLength(clouds)
  return looks
}

test('reading four times as many clouds takes four times as many looks at the CIB', () => {
  expect(looksAt(64) / looksAt(16)).toBeLessThan(4.4)
})
