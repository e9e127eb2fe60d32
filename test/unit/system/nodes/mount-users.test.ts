import { expect, test } from 'vitest'
import { mountUsersOn, parseMountUsers } from '../../../../system/nodes/mount-users.ts'
import { here } from './node.ts'

const TEXT = `/proc/swaps\tFilename Type Size Used Priority
/proc/swaps\t/srv/c0/swap file 1 0 -2
/proc/fs/nfsd/exports\t# Version 1.1
/proc/fs/nfsd/exports\t/srv/c0/share\t192.0.2.0/24(rw)
/sys/block/loop3/loop/backing_file\t/srv/c01/image
/sys/kernel/config/target/core/fileio_0/disk/udev_path\t/srv/c0/disk
process /proc/42
process /proc/42/fd
process /proc/7/map_files
namespace /proc/90/mountinfo mnt:[4026532000]
namespace /proc/91/mountinfo mnt:[4026532000]
namespace /proc/95/mountinfo mnt:[4026532001]
process /proc/43
namespace /proc/44/mountinfo mnt:[4026532002]
/proc/43/cgroup:0::/machine.slice/vhacs-nspawn-web-0.service/supervisor
/proc/44/cgroup:0::/machine.slice/vhacs-nspawn-web-0.service/payload/init.scope
/proc/45/cgroup:0::/machine.slice/vhacs-nspawn-db0.service/payload
/proc/42/cgroup:0::/user.slice/vhacs-nspawn-x.scope
process /proc/46/root
/proc/46/cgroup:0::/machine.slice/machine-by\\x2dhand.scope/payload/init.scope
process /proc/47/fd
/proc/47/cgroup:0::/machine.slice/machine-qemu\\x2d1\\x2dguest.scope/libvirt/emulator
`

test("processes, containers, one of each namespace, and the kernel's uses below the directory", () => {
  expect(parseMountUsers(TEXT, '/srv/c0')).toEqual({
    pids: ['42', '7', '47'],
    containers: ['web-0'],
    otherContainers: ['by-hand'],
    namespaces: ['90', '95'],
    kernel: [
      'swap file /srv/c0/swap (swapoff /srv/c0/swap)',
      'NFS export /srv/c0/share (exportfs -u)',
      'LIO backstore fileio_0/disk on /srv/c0/disk',
    ],
  })
})

test('a directory on which nothing is mounted has no users', () => {
  expect(parseMountUsers('', '/srv/c0')).toEqual({
    ...{ pids: [], containers: [], otherContainers: [], namespaces: [], kernel: [] },
  })
})

test('the directory is passed as a name and as a pattern for find', async () => {
  const system = here({ sh: '' })
  await mountUsersOn(system, 'here', '/srv/a*[1]')
  expect(system.commands).toEqual([['env', 'sh', '-s', '--', '/srv/a*[1]', '/srv/a\\*\\[1\\]']])
})
