import { expect, test } from 'vitest'
import { minorOf, minorOwner } from '../../../../system/drbd/minors.ts'
import { fakeSystem } from '../../../fake/system.ts'
import { errno, link } from '../../../fake/tree.ts'

const DEBUGFS = '/sys/kernel/debug/drbd'

function node(configuration = 'resource c0 { device /dev/drbd0; }') {
  return fakeSystem({ '/proc/sys/kernel/hostname': 'alpha\n', '/etc/drbd.d/c0.res': configuration })
}

test("the kernel's own record has precedence", () => {
  const system = node()
  system.put(`${DEBUGFS}/minors/7`, link('../resources/c0/volumes/0'))
  expect(minorOf(system, 'c0')).toBe(7)
})

test('of several volumes the lowest number counts, not the first name', () => {
  const system = node()
  for (const [minor, volume] of [
    [10, 1],
    [9, 0],
    [100, 2],
  ])
    system.put(`${DEBUGFS}/minors/${minor}`, link(`../resources/c0/volumes/${volume}`))
  expect(minorOf(system, 'c0')).toBe(9)
})

test('if the kernel does not show the minor, the configuration does', () => {
  expect(minorOf(node(), 'c0')).toBe(0)
})

test('a minor that the kernel has given to another resource is not this one, whatever is configured', () => {
  const system = node()
  system.put(`${DEBUGFS}/minors/0`, link('../resources/c1/volumes/0'))
  expect(minorOf(system, 'c0')).toBeUndefined()
  expect(minorOwner(system, 0)).toBe('c1')
})

test.each([
  'resource c0 {',
  'resource c1 { device /dev/drbd3; }',
])('udev shows the minor if the configuration is %j', text => {
  const system = node(text)
  system.put('/dev/drbd/by-res/c0/0', link('../../../drbd5'))
  expect(minorOf(system, 'c0')).toBe(5)
})

test('a minor that nothing shows is unknown', () => {
  expect(minorOf(node('resource c1 { device /dev/drbd3; }'), 'c0')).toBeUndefined()
})

test('a name is not mistaken for one that begins with it', () => {
  const system = node('resource c00 { device /dev/drbd3; }')
  system.put(`${DEBUGFS}/minors/3`, link('../resources/c00/volumes/0'))
  expect(minorOf(system, 'c0')).toBeUndefined()
})

test('an inaccessible debugfs is treated as missing', () => {
  const system = node()
  const locked = {
    ...system,
    list: (path: string) => {
      if (path.startsWith(DEBUGFS)) throw errno('EPERM', 'scandir', path)
      return system.list(path)
    },
  }
  expect(minorOf(locked, 'c0')).toBe(0)
})
