import { expect, test } from 'vitest'
import { notedSnapshots, noteSnapshots, parseSnapshotNote } from '../../../../system/block/noted-snapshots.ts'
import { fakeSystem } from '../../../fake/system.ts'

test('what the watch notes is read again, to the second', async () => {
  const system = fakeSystem({})
  expect(notedSnapshots(system)).toBeUndefined()
  const snapshots = [
    { storage: 'c0', name: 'monday', usedRatio: 0.5 },
    { storage: 'a-b', name: '20261130-101500', usedRatio: 1 },
  ]
  await noteSnapshots(system, { at: 1_796_049_492_345, snapshots })
  expect(notedSnapshots(system)).toEqual({ at: 1_796_049_492_000, snapshots })
  await noteSnapshots(system, { at: 0, snapshots: [] })
  expect(notedSnapshots(system)).toEqual({ at: 0, snapshots: [] })
})

test.each([
  '',
  'c0.monday 0.5000',
  'at noon',
  'at 1\nc0.monday 2.0000',
  'at 1\nc0.monday',
  'at 1\nc0 0.5000',
])('%j is refused', text => {
  expect(() => parseSnapshotNote(text)).toThrow(RangeError)
})
