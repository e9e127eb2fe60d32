import { describe, expect, test } from 'vitest'
import { parseSnapshotName, parseSnapshotVolume, snapshotVolumeName } from '../../../../system/block/snapshot-name.ts'
import { newSnapshotId, parseSnapshotTags, snapshotTag, snapshotTime } from '../../../../system/block/snapshot-tags.ts'

test.each([
  'monday',
  '20261130-101500',
  'a',
  'a'.repeat(30),
])('%s is a name of a snapshot, and comes back from its volume', name => {
  const volume = snapshotVolumeName('mail-1', parseSnapshotName(name))
  expect(parseSnapshotVolume(volume)).toEqual({ storage: 'mail-1', snapshot: name })
})

test('the longest names are one that LVM takes', () => {
  expect(snapshotVolumeName('c'.repeat(32), 's'.repeat(30))).toHaveLength(63)
})

test.each([
  '',
  'all',
  'ALL',
  '-a',
  'a_tdata',
  'a.b',
  'a b',
  'ä',
  'a'.repeat(31),
  '$(id)',
])('%j is no name of a snapshot', name => {
  expect(() => parseSnapshotName(name)).toThrow(RangeError)
})

test.each([
  'c0',
  'c0.',
  '.monday',
  'c0.monday.x',
  'c0.all',
  'c0.a_tdata',
  '',
])('%j is not the volume of a snapshot', name => {
  expect(parseSnapshotVolume(name)).toBeUndefined()
})

describe('the tags of a volume', () => {
  const id = newSnapshotId(1_796_000_000_999, 0x123abcd)

  test('name a snapshot and its time', () => {
    expect(id).toBe('1796000000_0123abcd')
    expect(snapshotTime(id).getTime()).toBe(1_796_000_000_000)
    for (const kind of ['taking', 'snapshot', 'rollback'] as const)
      expect(parseSnapshotTags(`mine,${snapshotTag(kind, id)},vhacs_create_1`)).toEqual({ kind, id })
  })

  test.each([
    '',
    'vhacs_create_1796034747691',
    'vhacs_snapshot_',
    'vhacs_snapshot_1_xyz',
    'my_vhacs_snapshot_1_0123abcd',
  ])('%j do not', tags => expect(parseSnapshotTags(tags)).toBeUndefined())
})
