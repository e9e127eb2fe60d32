import { expect, test } from 'vitest'
import { processesUsing } from '../../../system/openers.ts'
import { addBlockDevice } from '../../fake/block.ts'
import { addProcess } from '../../fake/processes.ts'
import { fakeSystem } from '../../fake/system.ts'

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

test('a process that ends meanwhile is none the worse', () => {
  const system = node()
  addProcess(system, { pid: 42, name: 'dd', files: ['/dev/drbd0'] })
  system.take('/proc/42/fd')
  expect(processesUsing(system, '147:0')).toEqual([])
})
