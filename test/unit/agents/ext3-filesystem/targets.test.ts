import { expect, test } from 'vitest'
import { mountsToRemove } from '../../../../agents/ext3-filesystem/usage/targets.ts'
import type { Mount } from '../../../../system/proc/mountinfo.ts'

const mount = (id: number, parent: number, device = '0:42'): Mount => ({
  id,
  parent,
  device,
  root: '/',
  mountPoint: '/tmp',
  fileSystem: 'tmpfs',
  source: 'tmpfs',
  options: ['rw'],
  superOptions: ['rw'],
})

const OURS: ReadonlySet<string> = new Set(['8:0'])
const idsOf = (mounts: readonly Mount[]) => mountsToRemove(mounts, OURS).map(({ id }) => id)

test('the mounts of a device and those on top of them are to be removed, in the order of the table', () => {
  const mounts = [mount(4, 3), mount(1, 0), mount(2, 1, '8:0'), mount(3, 2), mount(5, 1), mount(6, 1, '8:0')]
  expect(idsOf(mounts)).toEqual([4, 2, 3, 6])
})

test('a mount that is its own parent, or a cycle, ends the search', () => {
  expect(idsOf([mount(1, 1, '8:0'), mount(2, 3), mount(3, 2)])).toEqual([1])
})

test.each([0, 1])('a user may stack as many mounts as the kernel allows (%i of them ours)', ours => {
  const stack = Array.from({ length: 100_000 }, (_, index) => mount(index + 1, index, index < ours ? '8:0' : undefined))
  expect(idsOf(stack)).toHaveLength(ours * stack.length)
})
