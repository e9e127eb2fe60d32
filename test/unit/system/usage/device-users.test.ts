import { expect, test } from 'vitest'
import { processesUsing } from '../../../../system/usage/device-users.ts'
import { addBlockDevice } from '../../../fake/block/block.ts'
import { addProcess } from '../../../fake/proc/processes.ts'
import { fakeSystem } from '../../../fake/system.ts'
import { errno, link } from '../../../fake/tree.ts'

function node() {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  addBlockDevice(system, '/dev/drbd0', '147:0')
  addBlockDevice(system, '/dev/drbd1', '147:1')
  return system
}

test('a process that has the device open is named', () => {
  const system = node()
  addProcess(system, { pid: 42, name: 'dd', files: ['/dev/null', '/dev/drbd0'] })
  addProcess(system, { pid: 43, name: 'cat', files: ['/dev/drbd1', '/dev/gone', '/srv/drbd0'] })
  expect(processesUsing(system, '147:0')).toEqual(['process 42 (dd)'])
})

test('a mount in another mount namespace is named once, with a process of that namespace', () => {
  const system = node()
  for (const pid of [50, 51]) {
    addProcess(system, { pid, name: 'container', namespace: 'mnt:[4026532000]' })
    system.put(`/proc/${pid}/mountinfo`, '30 1 147:0 / /data rw - ext3 /dev/drbd0 rw\n')
  }
  expect(processesUsing(system, '147:0')).toEqual(['mount /data in the mount namespace of 50 (container)'])
})

test('a process that ends meanwhile is left out', () => {
  const system = node()
  addProcess(system, { pid: 42, name: 'dd', files: ['/dev/drbd0'] })
  system.take('/proc/42/fd')
  expect(processesUsing(system, '147:0')).toEqual([])
})

test('a mount in a container is named by that', () => {
  const system = node()
  addProcess(system, { pid: 50, name: 'systemd', namespace: 'mnt:[4026532000]' })
  system.put('/proc/50/cgroup', '0::/machine.slice/machine-web\\x2d0.scope/payload/init.scope\n')
  system.put('/proc/50/mountinfo', '30 1 147:0 / / rw - ext3 /dev/drbd0 rw\n')
  expect(processesUsing(system, '147:0')).toEqual(['mount / in container web-0'])
})

test.each([
  'ESRCH',
  'EINVAL',
])('a zombie in another mount namespace does not matter (%s): the next process is used', code => {
  const system = node()
  for (const pid of [50, 51]) addProcess(system, { pid, name: 'container', namespace: 'mnt:[4026532000]' })
  system.put('/proc/51/mountinfo', '30 1 147:0 / /data rw - ext3 /dev/drbd0 rw\n')
  const { read } = system
  system.read = path => {
    if (path === '/proc/50/mountinfo') throw errno(code, 'read', path)
    return read(path)
  }
  expect(processesUsing(system, '147:0')).toEqual(['mount /data in the mount namespace of 50 (container)'])
})

test('a process whose first thread has ended is named, and one with a very long path does not matter', () => {
  const system = node()
  addProcess(system, { pid: 42, name: 'pool', files: ['/dev/drbd0'], isHeadless: true })
  system.put('/proc/42/task/43/ns/mnt', link('mnt:[4026531841]'))
  system.put('/proc/42/task/43/fd/0', link('/dev/drbd0'))
  addProcess(system, { pid: 52, name: 'deep', files: ['/srv/deep', '/dev/drbd0'] })
  const { readLink } = system
  system.readLink = path => {
    if (path === '/proc/52/fd/0') throw errno('ENAMETOOLONG', 'readlink', path)
    return readLink(path)
  }
  expect(processesUsing(system, '147:0')).toEqual(['process 42 (pool)', 'process 52 (deep)'])
})

test("no file is queried that may be on a user's own server below /dev", () => {
  const system = node()
  const mounts = [
    '20 1 0:5 / / rw - ext4 /dev/vda1 rw',
    '21 20 0:6 / /dev rw - devtmpfs udev rw',
    '22 21 0:7 / /dev/shm rw - tmpfs tmpfs rw',
    '23 22 0:8 / /dev/shm/mine rw - fuse.silent silent rw',
  ]
  system.put('/proc/self/mountinfo', mounts.map(line => `${line}\n`).join(''))
  addProcess(system, { pid: 42, name: 'dd', files: ['/dev/shm/mine/file', '/dev/drbd0'] })
  const { stat } = system
  const asked: string[] = []
  system.stat = path => {
    asked.push(path)
    return stat(path)
  }
  expect(processesUsing(system, '147:0')).toEqual(['process 42 (dd)'])
  expect(asked).toEqual(['/dev/drbd0'])
})
