import { expect, test } from 'vitest'
import { hostSystem } from '../../../../system/host/host.ts'
import { mountInfo, parseMountId, parseMountInfo } from '../../../../system/proc/mountinfo.ts'
import { fakeSystem } from '../../../fake/system.ts'

// Debian 12, kernel 6.1
const RECORDED = `22 28 0:20 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro
87 28 0:39 / /run/credentials/systemd-sysusers.service ro,nosuid,nodev,noexec,relatime - ramfs none rw,mode=700
95 28 8:0 / /mnt/with\\040blank\\011tab\\134backslash rw,noatime shared:50 master:3 propagate_from:2 unbindable - ext3 /dev/disk/by-path/ip-192.0.2.10:3260-iscsi-iqn.2026-01.org.example:c0-lun-0 ro,errors=remount-ro
99 28 0:45 / /mnt/nameless rw - tmpfs  rw
`

test('mounts are listed in mount order', () => {
  expect(parseMountInfo(RECORDED).map(({ mountPoint }) => mountPoint)).toEqual([
    '/sys',
    '/',
    '/run/credentials/systemd-sysusers.service',
    '/mnt/with blank\ttab\\backslash',
    '/mnt/nameless',
  ])
})

test('optional fields are skipped, and both kinds of options kept apart', () => {
  expect(parseMountInfo(RECORDED)[3]).toEqual({
    id: 95,
    parent: 28,
    device: '8:0',
    root: '/',
    mountPoint: '/mnt/with blank\ttab\\backslash',
    fileSystem: 'ext3',
    source: '/dev/disk/by-path/ip-192.0.2.10:3260-iscsi-iqn.2026-01.org.example:c0-lun-0',
    options: ['rw', 'noatime'],
    superOptions: ['ro', 'errors=remount-ro'],
  })
})

test('a mount may have no source', () => {
  expect(parseMountInfo(RECORDED)[4]?.source).toBe('')
})

test('a mount point may be called "-"', () => {
  const line = '40 28 8:0 / - rw - ext3 /dev/sda rw\n'
  expect(parseMountInfo(line)[0]).toMatchObject({ mountPoint: '-', fileSystem: 'ext3' })
})

test.each(['nonsense', '28 1 254:1 / / rw', '28 1 254:1 / / rw - ext4'])('the line %j is refused', line => {
  expect(() => parseMountInfo(line)).toThrow('/proc/self/mountinfo: unexpected line')
})

test('an empty table is not an error', () => {
  expect(mountInfo(fakeSystem({ '/proc/self/mountinfo': '' }))).toEqual([])
})

test('an option keeps its commas and backslashes', () => {
  const [overlay] = parseMountInfo('30 1 0:50 / /merged rw - overlay none rw,lowerdir=/a\\054b:/c\\134:d,index=off\n')
  expect(overlay?.superOptions).toEqual(['rw', 'lowerdir=/a,b:/c\\:d', 'index=off'])
})

test('the mount of an open file is read', () => {
  expect(parseMountId('pos:\t0\nflags:\t012000000\nmnt_id:\t28\nino:\t2\n')).toBe(28)
  expect(parseMountId('')).toBe(-1)
})

test('the mount that a link of a process leads to is in the list', () => {
  const system = hostSystem()
  const id = system.mountId('/proc/self/root')
  expect(mountInfo(system).find(mount => mount.id === id)?.mountPoint).toBe('/')
  expect(system.mountId('/proc/self')).not.toBe(id)
  expect(() => system.mountId('/proc/self/none')).toThrow('ENOENT')
})

test('a file has the device of its file system', () => {
  const system = hostSystem()
  const proc = mountInfo(system).findLast(({ mountPoint }) => mountPoint === '/proc')
  expect(system.stat('/proc/self').fileSystem).toBe(proc?.device)
})
