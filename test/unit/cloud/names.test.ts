import { describe, expect, test } from 'vitest'
import { parseCloudName, targetName } from '../../../cloud/names.ts'
import { parseIscsiName } from '../../../system/iscsi/names.ts'

test.each(['c0', 'liocloud31', 'West-1', 'a'.repeat(32), 'wall', 'allofit'])('%s is a cloud’s name', name => {
  expect(parseCloudName(name)).toBe(name)
})

describe('a cloud’s name is refused when', () => {
  test.each([
    ['it is empty', ''],
    ['it starts with a digit', '0c'],
    ['it starts with a dash', '-c'],
    ['it has an underscore', 'c_0'],
    ['it contains a path', '../c0'],
    ['it is longer than 32', 'a'.repeat(33)],
    ['a line end follows', 'c0\n'],
    ['drbdadm takes it to mean every resource', 'all'],
    ['LVM reserves it', 'snapshot1'],
  ])('%s', (_case, name) => {
    expect(() => parseCloudName(name)).toThrow(RangeError)
    expect(() => parseCloudName(name)).toThrow('letters, digits and dashes, at most 32')
  })
})

test('the target is named after cluster and cloud, in lower case', () => {
  expect(targetName('Lab', 'West-1')).toBe('iqn.2026-01.org.vhacs:lab:west-1')
})

test.each([
  ['a_b', 'a b'],
  ['a_b', 'a-b'],
  ['a/b', 'a//b'],
  ['Кластер', 'クラスタ'],
  ['Кластер', '-'],
  [`${'x'.repeat(128)}1`, `${'x'.repeat(128)}2`],
])('clusters named %s and %s have different targets', (one, other) => {
  expect(targetName(one, 'c0')).not.toBe(targetName(other, 'c0'))
  expect([one, other].map(name => parseIscsiName(targetName(name, 'c0')))).toHaveLength(2)
})

test('the target’s name is valid whatever the name of the cluster', () => {
  const name = targetName(`My cluster/№ 1 ${'x'.repeat(300)}`, 'c'.repeat(32))

  expect(parseIscsiName(name)).toBe(name)
})
