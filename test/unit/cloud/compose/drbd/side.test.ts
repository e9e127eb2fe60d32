import { expect, test } from 'vitest'
import { drbdConfig } from '../../../../../cloud/compose/drbd/config.ts'
import { sidesIn, withOtherSide } from '../../../../../cloud/compose/drbd/side.ts'
import { c0, threeSides } from '../../examples.ts'

const end = (node: string, address: string) => ({ node, address })
const pair = [end('node1', '192.0.2.1'), end('node2', '2001:db8::2')]
const three = [...pair, end('node3', '192.0.2.3')]
const other = end('node4', '2001:db8::4')

test.each([
  ['two sides, DRBD 8.4', drbdConfig(c0, { ends: pair, major: 8, secret: 's' }), [pair[0], other]],
  ['two sides, DRBD 9', drbdConfig(c0, { ends: pair, major: 9, secret: 's' }), [pair[0], other]],
  ['three sides', drbdConfig(threeSides, { ends: three, major: 9, secret: 's' }), [pair[0], other, three[2]]],
])('another node takes the place of one of %s, with its number', (_what, text, ends) => {
  const stays = ends.flatMap(one => (one === undefined || one === other ? [] : [one.node]))
  const wanted = drbdConfig(ends.length === 2 ? c0 : threeSides, {
    ends: ends.flatMap(one => one ?? []),
    major: text.includes('node-id') ? 9 : 8,
    secret: 's',
  })
  expect(withOtherSide(text, stays, other)).toBe(wanted)
  const nodeId = (index: number) => (text.includes('node-id') ? index : undefined)
  expect(sidesIn(wanted)).toEqual(ends.map((one, index) => ({ ...one, nodeId: nodeId(index) })))
})

test('the same node with the same address has the same file', () => {
  const text = drbdConfig(c0, { ends: pair, major: 8, secret: 's' })
  expect(withOtherSide(text, ['node1'], end('node2', '2001:db8::2'))).toBe(text)
})

test.each([
  ['of an operator', (text: string) => text.slice(text.indexOf('\n') + 1), ['node1']],
  ['without an address in its place', (text: string) => text.replaceAll(/address .*;/g, 'floating;'), ['node1']],
  ['without the side that stays', (text: string) => text, ['node5']],
])('a file %s is left alone', (_what, change, stays) => {
  const text = change(drbdConfig(c0, { ends: pair, major: 8, secret: 's' }))
  expect(withOtherSide(text, stays, other)).toBeUndefined()
})
