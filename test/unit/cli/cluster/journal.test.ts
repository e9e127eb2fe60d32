import { expect, test } from 'vitest'
import { journal } from '../../../../cli/cluster/membership/journal.ts'

test('a change that cannot be undone is reported, and does not prevent undoing the others, on any node', async () => {
  const noted = journal('now')
  const undone: string[] = []
  const act = (what: string) => async () => void undone.push(what)
  const fail = (what: string) => async () => {
    throw new Error(`cannot ${what}`)
  }
  noted.note('node1', act('node1: first'))
  noted.note('node1', fail('stop'))
  noted.note('node1', act('node1: third'))
  noted.note('node1', fail('reload'))
  noted.note('node2', act('node2: first'))
  await expect(noted.undo()).rejects.toThrow('cannot reload')
  expect(undone.toSorted()).toEqual(['node1: first', 'node1: third', 'node2: first'])
  expect(undone.indexOf('node1: third')).toBeLessThan(undone.indexOf('node1: first'))
})
