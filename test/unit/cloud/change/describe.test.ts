import { expect, test } from 'vitest'
import { cloudText, differenceLines } from '../../../../cloud/change/describe.ts'
import { c0 } from '../examples.ts'

test.each([
  ['a new cloud', 10 * 2 ** 30, /^10G on node1 and node2, /],
  ['a cloud without a known size', undefined, /^data on node1 and node2, /],
  ['an adopted cloud', 'existing' as const, /^existing data on node1 and node2, /],
])('%s is described in one line', (_, size, line) => {
  expect(cloudText({ ...c0, storageNodes: ['node1', 'node2'] }, size)).toMatch(line)
})

test('a cloud in standby is described as such', () => {
  expect(cloudText({ ...c0, state: 'standby' }, undefined)).toMatch(/, in standby$/)
})

test('added and removed initiators, and removed mount options, have a line each', () => {
  const before = { ...c0, initiators: ['iqn.a', 'iqn.b'], mountOptions: 'noatime', chap: undefined }
  const after = { ...before, initiators: ['iqn.a', 'iqn.c'], mountOptions: '' }
  expect(differenceLines(before, after)).toEqual([
    'mount options: noatime -> none',
    'initiator iqn.c may log in',
    'initiator iqn.b may no longer log in',
  ])
})

test('a change of CHAP shows the users and the paths of the secrets', () => {
  const initiator = { user: 'alice', secret: '/etc/vhacs/in' }
  const oneWay = { ...c0, chap: { initiator, target: undefined } }
  const mutual = { ...c0, chap: { initiator, target: { user: 'bob', secret: 'lrm://' } } }
  expect(differenceLines({ ...c0, chap: undefined }, oneWay)).toEqual([
    'CHAP: none -> user alice, secret /etc/vhacs/in',
  ])
  expect(differenceLines(oneWay, mutual)).toEqual([
    'CHAP: user alice, secret /etc/vhacs/in -> user alice, secret /etc/vhacs/in, mutual: user bob, secret lrm://',
  ])
})
