import { describe, expect, test } from 'vitest'
import { ext3Filesystem } from '../../../../agents/ext3-filesystem/index.ts'
import { exit } from '../../../../ocf/exit.ts'
import { addBlockDevice, removeBlockDevice } from '../../../fake/block/block.ts'
import { call, recurring } from '../../../fake/call.ts'
import { block, callAndWait, hangs, mounted, node, other, parameters } from '../../../fake/nodes/ext3-filesystem.ts'
import type { FakeSystem, FakeTool } from '../../../fake/system.ts'
import { directory, errno, link } from '../../../fake/tree.ts'

const monitor = async (system: FakeSystem, more: Readonly<Record<string, string>> = {}, level = '0') =>
  call(ext3Filesystem, 'monitor', {
    system,
    parameters: { ...parameters, ...more },
    environment: { ...recurring, OCF_CHECK_LEVEL: level },
  })

describe('monitor', () => {
  test('runs no command and changes nothing', async () => {
    const { system } = await mounted()
    expect((await monitor(system)).code).toBe(exit.success)
    expect(system.commands).toEqual([])
    expect(system.changes).toEqual([])
  })

  test('of another device on the directory says so (OCF_NOT_RUNNING)', async () => {
    const { system, table } = node()
    table.push(other)
    expect(await monitor(system)).toMatchObject({
      code: exit.notRunning,
      reasons: ['/mnt/c0 has /dev/sdb mounted on it, not /dev/sda'],
    })
  })

  test.each([
    'ENOTCONN',
    'EACCES',
    'ESTALE',
  ])('and probe answer when the mount point cannot be looked up (%s)', async code => {
    const { system } = await mounted()
    system.realPath = path => {
      throw errno(code, 'realpath', path)
    }
    expect((await monitor(system)).code).toBe(exit.success)
    const empty = node().system
    empty.realPath = system.realPath
    expect((await call(ext3Filesystem, 'monitor', { system: empty, parameters })).code).toBe(exit.notRunning)
  })

  test('of another kind of file system while the device is gone says so too (OCF_NOT_RUNNING)', async () => {
    const { system, table } = node()
    removeBlockDevice(system, '/dev/sda', '8:0')
    table.push(other)
    expect((await monitor(system)).code).toBe(exit.notRunning)
    expect((await call(ext3Filesystem, 'monitor', { system, parameters })).code).toBe(exit.notRunning)
  })

  test('of an ext3 while the device is gone holds it to be ours: another node must not mount it too', async () => {
    const { system, table } = node()
    removeBlockDevice(system, '/dev/sda', '8:0')
    table.push({ ...other, fileSystem: 'ext3' })
    expect((await call(ext3Filesystem, 'monitor', { system, parameters })).code).toBe(exit.genericError)
  })

  test('of a mount whose disk is lost fails, also when a new disk has taken its place', async () => {
    const { system } = await mounted()
    removeBlockDevice(system, '/dev/sda', '8:0')
    const lost = { code: exit.genericError, reasons: ['/dev/sda, mounted on /mnt/c0, is gone'] }
    expect(await monitor(system)).toMatchObject(lost)
    addBlockDevice(system, '/dev/sdc', '8:32')
    system.put('/dev/sda', link('/dev/sdc'))
    expect(await monitor(system)).toMatchObject(lost)
  })

  test('of an ext3 of another disk that is there is not misled by it (OCF_NOT_RUNNING)', async () => {
    const { system, table } = node()
    table.push({ ...other, fileSystem: 'ext3' })
    expect((await monitor(system)).code).toBe(exit.notRunning)
  })

  test('of a mount that is hidden below another fails', async () => {
    const { system, table } = await mounted()
    table.push(other)
    expect(await monitor(system)).toMatchObject({
      code: exit.genericError,
      reasons: ['the mount on /mnt/c0 is hidden below /dev/sdb'],
    })
  })

  test('and probe of a device that is mounted elsewhere fail: a start elsewhere would destroy it', async () => {
    const { system, table } = node()
    table.push({ ...other, device: '8:0', mountPoint: '/srv' })
    const found = { code: exit.genericError, reasons: ['/dev/sda is not mounted on /mnt/c0, but on /srv'] }
    expect(await monitor(system)).toMatchObject(found)
    expect(await call(ext3Filesystem, 'monitor', { system, parameters })).toMatchObject(found)
  })

  test('of a part of the file system that is bound to the directory is not the mount', async () => {
    const { system, table } = node()
    table.push({ ...other, device: '8:0', root: '/part' })
    expect((await monitor(system)).reasons).toEqual(['/dev/sda is not mounted on /mnt/c0, but on /mnt/c0'])
  })

  test.each([
    ['/sys/fs/ext4/sda/errors_count', '0\n'],
    ['/proc/fs/jbd2/sda-8/info', ''],
  ])('and probe fail while the kernel still has the file system in use (%s)', async (path, text) => {
    const { system } = node()
    system.put(path, text)
    for (const result of [await monitor(system), await call(ext3Filesystem, 'monitor', { system, parameters })])
      expect(result).toMatchObject({
        code: exit.genericError,
        reasons: [expect.stringContaining('/dev/sda is not mounted on /mnt/c0, but its file system is still in use')],
      })
  })

  test('is not misled by a file system of a disk whose name begins like this', async () => {
    const { system } = node()
    system.put('/sys/fs/ext4/sda1/errors_count', '0\n')
    system.put('/proc/fs/jbd2/sda1-8/info', '')
    expect((await monitor(system)).code).toBe(exit.notRunning)
  })

  test.each([
    ['options', 'ro,relatime'],
    ['superOptions', 'ro,errors=remount-ro'],
    ['superOptions', 'rw,emergency_ro'],
    ['superOptions', 'rw,shutdown'],
    ['superOptions', 'rw,abort,errors=remount-ro'],
  ] as const)('of a file system that went read-only (%s: %s) fails', async (which, options) => {
    const { system, table } = await mounted()
    const last = table.at(-1)
    if (last) last[which] = options
    expect(await monitor(system)).toMatchObject({
      code: exit.genericError,
      reasons: ['/mnt/c0 is read-only, as after an error; see the kernel log'],
    })
  })

  test('of a file system that was mounted read-only succeeds', async () => {
    const { system } = node()
    await call(ext3Filesystem, 'start', { system, parameters: { ...parameters, options: 'ro' } })
    expect((await monitor(system, { options: 'ro' })).code).toBe(exit.success)
  })

  // Debian 12, kernel 6.1.0-56: after errors=remount-ro mountinfo says rw, and each write fails
  test('of a file system in which the kernel has met errors fails, though it is not listed as read-only', async () => {
    const { system } = await mounted()
    system.put('/sys/fs/ext4/sda/errors_count', '3\n')
    expect(await monitor(system)).toMatchObject({
      code: exit.genericError,
      reasons: ['/mnt/c0 is read-only: the kernel has met errors in it; see the kernel log'],
    })
  })

  test('of a file system that goes on after errors is degraded by them', async () => {
    const { system } = node()
    const options = 'errors=continue'
    await call(ext3Filesystem, 'start', { system, parameters: { ...parameters, options } })
    system.put('/sys/fs/ext4/sda/errors_count', '3\n')
    expect(await monitor(system, { options })).toMatchObject({
      code: exit.degraded,
      reasons: ['the kernel has met 3 errors in the file system on /dev/sda; restart it for e2fsck'],
    })
  })
})

describe('monitor at level 10', () => {
  test('reads from the device, past the page cache', async () => {
    const { system } = await mounted()
    expect((await monitor(system, {}, '10')).code).toBe(exit.success)
    expect(system.commands).toEqual([
      ['dd', 'if=/dev/sda', 'of=/dev/null', 'bs=4096', 'count=16', 'iflag=direct', 'status=none'],
    ])
    expect(system.changes).toEqual([])
  })

  test('fails when the device cannot be read, in the words of dd', async () => {
    const { system } = await mounted()
    system.tools.set('dd', () => ({ status: 1, stderr: "dd: error reading '/dev/sda': Input/output error\n" }))
    const { code, reasons } = await monitor(system, {}, '10')
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/exited with 1: dd: error reading .*Input\/output error$/)])
  })

  test('without dd says which package is missing (OCF_ERR_INSTALLED)', async () => {
    const { system } = await mounted()
    system.tools.delete('dd')
    expect((await monitor(system, {}, '10')).code).toBe(exit.notInstalled)
  })

  test('is degraded, and does no I/O, while the session of the disk is being recovered', async () => {
    const { system } = await mounted()
    block(system)
    expect(await monitor(system, {}, '10')).toMatchObject({
      code: exit.degraded,
      reasons: ['disk sda is blocked while its session is being recovered: its I/O is paused'],
    })
    expect(system.commands).toEqual([])
  })

  test('is degraded when the session broke down after it had begun to read', async () => {
    const { system } = await mounted()
    system.tools.set('dd', hangs)
    setTimeout(() => block(system), 5000)
    const { code, reasons } = await callAndWait('monitor', system, { ...recurring, OCF_CHECK_LEVEL: '10' })
    expect(code).toBe(exit.degraded)
    expect(reasons).toEqual([expect.stringContaining('is blocked while its session is being recovered')])
  })

  test('fails within its time when the disk does not answer for no known reason', async () => {
    const { system } = await mounted()
    system.tools.set('dd', hangs)
    const { code, reasons } = await callAndWait('monitor', system, { ...recurring, OCF_CHECK_LEVEL: '10' })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual(['reading from /dev/sda did not end within 19 s'])
  })
})

describe('monitor at level 20', () => {
  test('writes a file, reads it back, and leaves nothing behind', async () => {
    const { system } = await mounted()
    expect((await monitor(system, {}, '20')).code).toBe(exit.success)
    expect(system.commands.map(([tool, first]) => `${tool} ${first}`)).toEqual([
      'dd if=/dev/sda',
      'dd of=/mnt/c0/.vhacs-status-c0',
      'dd if=/mnt/c0/.vhacs-status-c0',
    ])
    expect(system.list('/mnt/c0')).toEqual([])
  })

  test('removes what an earlier one has left, and never writes through a link', async () => {
    const { system } = await mounted()
    system.put('/etc/passwd', 'root:x:0:0')
    system.put('/mnt/c0/.vhacs-status-c0', link('/etc/passwd'))
    expect((await monitor(system, {}, '20')).code).toBe(exit.success)
    expect(system.read('/etc/passwd')).toBe('root:x:0:0')
    expect(system.commands[1]).toContain('conv=excl,fsync')
    expect(system.commands[1]).toContain('oflag=nofollow')
  })

  test('of a file system that is mounted read-only reads only', async () => {
    const { system } = node()
    await call(ext3Filesystem, 'start', { system, parameters: { ...parameters, options: 'ro' } })
    system.commands.length = 0
    expect((await monitor(system, { options: 'ro' }, '20')).code).toBe(exit.success)
    expect(system.commands).toHaveLength(1)
  })

  test('of a full file system succeeds and says so: a restart would not help', async () => {
    const { system } = await mounted()
    system.tools.set('dd', writes({ status: 1, stderr: "dd: error writing '/mnt/c0/x': No space left on device\n" }))
    const { code, stderr } = await monitor(system, {}, '20')
    expect(code).toBe(exit.success)
    expect(stderr).toContain('WARNING: /mnt/c0 is full')
  })

  test('fails when nothing can be written, or other is read than was written', async () => {
    const { system } = await mounted()
    system.tools.set('dd', writes({ status: 1, stderr: 'dd: Read-only file system\n' }))
    expect((await monitor(system, {}, '20')).reasons).toEqual([expect.stringContaining('Read-only file system')])
    system.tools.set('dd', args => (args[0]?.startsWith('if=/mnt') ? { status: 0, stdout: 'rubbish' } : 0))
    expect((await monitor(system, {}, '20')).reasons).toEqual([
      '/mnt/c0/.vhacs-status-c0 reads other than it was written: "rubbish"',
    ])
  })

  test('names its file so that no instance leads elsewhere', async () => {
    const { system } = await mounted()
    system.put('/mnt/c0', directory())
    const environment = { ...recurring, OCF_CHECK_LEVEL: '20', OCF_RESOURCE_INSTANCE: '../../etc/c0:1' }
    expect((await call(ext3Filesystem, 'monitor', { system, parameters, environment })).code).toBe(exit.success)
    expect(system.commands[1]?.[1]).toBe('of=/mnt/c0/.vhacs-status-.._.._etc_c0_1')
  })
})

function writes(result: ReturnType<FakeTool>): FakeTool {
  return args => (args[0]?.startsWith('of=') ? result : 0)
}
