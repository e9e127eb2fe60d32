import { expect, test } from 'vitest'
import { parseSnapshot, parseWithoutHistories } from '../../../../cloud/cib/snapshot.ts'
import { descendants, type Element } from '../../../../cloud/xml.ts'
import { c0 } from '../examples.ts'
import { inFullOperation } from '../scheduler/clusters.ts'
import { newCluster } from '../scheduler/model.ts'
import { cibOf } from '../scheduler/model-cib.ts'

const cib = cibOf(inFullOperation(newCluster({ node1: 'sv', node2: 'sv' }, [c0])))

/** Without the elements of that name, and without what is in them. */
function without(element: Element, name: string): Element {
  const children = element.children.filter(inner => inner.name !== name)
  return { ...element, children: children.map(inner => without(inner, name)) }
}

test('without histories a CIB is the same in all else', () => {
  const whole = parseSnapshot(cib)
  expect(descendants(whole.root, 'lrm_resources').length).toBe(2)
  const part = parseWithoutHistories(cib)
  expect(part.root).toEqual(without(whole.root, 'lrm_resources'))
  expect(part.cluster).toEqual(whole.cluster)
  expect(part.text).toBe(cib)
})

test('what looks like a history in the configuration stays', () => {
  const comment = '<configuration><!-- <lrm_resources> -->'
  const commented = cib.replace('<configuration>', comment)
  expect(commented).toContain(comment)
  expect(parseWithoutHistories(commented).cluster).toEqual(parseSnapshot(cib).cluster)
})

test('a CIB without a status, and one that is cut off, are what they are', () => {
  const configuration = `${cib.slice(0, cib.indexOf('<status>'))}</cib>`
  expect(parseWithoutHistories(configuration).root).toEqual(parseSnapshot(configuration).root)
  const cut = cib.slice(0, cib.lastIndexOf('</lrm_resources>'))
  expect(() => parseWithoutHistories(cut)).toThrow('it is not well-formed XML')
})
