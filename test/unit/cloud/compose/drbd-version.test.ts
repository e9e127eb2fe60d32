import { describe, expect, test } from 'vitest'
import { type DrbdMajor, drbdConfig } from '../../../../cloud/compose/drbd/config.ts'
import { withMajor } from '../../../../cloud/compose/drbd/version.ts'
import { c0 } from '../examples.ts'

const textFor = (major: DrbdMajor) =>
  drbdConfig(c0, {
    ends: [
      { node: 'node1', address: '10.77.3.1' },
      { node: 'node2', address: '10.77.3.2' },
    ],
    major,
    secret: 'a_b-C9',
  })
const [eight, nine] = [textFor(8), textFor(9)]
const inOrder = new Map([
  ['node1', 0],
  ['node2', 1],
])

describe('a file that vhacs has written', () => {
  test('for 8.4 becomes the one that it writes for 9, and the reverse', () => {
    expect(withMajor(eight, 9, inOrder)).toBe(nine)
    expect(withMajor(nine, 8, new Map())).toBe(eight)
  })

  test('gets the node-ids that are given, not those of its order', () => {
    const swapped = withMajor(
      eight,
      9,
      new Map([
        ['node1', 1],
        ['node2', 0],
      ]),
    )
    expect(swapped).toContain('\ton node1 {\n\t\tnode-id 1;\n')
    expect(swapped).toContain('\ton node2 {\n\t\tnode-id 0;\n')
  })

  test('of an earlier version, without a secret, is changed in the same way', () => {
    const earlier = eight.replace(/\t\tcram-hmac-alg .*\n\t\tshared-secret .*\n/, '')
    expect(withMajor(earlier, 9, inOrder)).toBe(nine.replace(/\t\tcram-hmac-alg .*\n\t\tshared-secret .*\n/, ''))
  })

  test('keeps what an operator has added', () => {
    const tuned = eight.replace('\tdisk {\n', '\tdisk {\n\t\tal-extents 1237;\n')
    const converted = withMajor(tuned, 9, inOrder) ?? ''
    expect(converted).toContain('\t\tal-extents 1237;\n')
    expect(withMajor(converted, 8, new Map())).toBe(tuned)
  })
})

describe('no text for', () => {
  test.each<[string, string, DrbdMajor]>([
    ['a file of an operator', eight.replace(/^#.*\n/, ''), 9],
    ["DRBD's own handlers, which suit one version", eight.replace('/usr/lib/vhacs/f', '/usr/lib/drbd/crm-f'), 9],
    ['a node without a number', eight.replace('on node2', 'on node3'), 9],
    ['fencing in neither section', eight.replace(/\t\tfencing .*\n/, ''), 9],
    ['two net sections', eight.replace('\tdisk {\n', '\tnet {\n\t}\n\tdisk {\n'), 9],
    ['other options than those that vhacs writes', nine.replace('quorum off', 'quorum majority'), 8],
    [
      'three nodes, which 8.4 cannot have',
      nine.replace(/\ton node2/, '\ton node3 {\n\t\tnode-id 2;\n\t}\n\ton node2'),
      8,
    ],
    ['a file for the wanted version', nine, 9],
    ['a file for the wanted version', eight, 8],
  ])('%s', (_, text, major) => {
    expect(withMajor(text, major, inOrder)).toBeUndefined()
  })
})
