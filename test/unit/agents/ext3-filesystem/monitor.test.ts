import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { addBlockDevice, removeBlockDevice } from '../../../fake/block/block.ts'
import { recurring } from '../../../fake/call.ts'
import {
  block,
  callAndWait,
  hangs,
  monitor,
  other,
  probe,
  start,
  started,
  stopped,
} from '../../../fake/nodes/ext3-filesystem.ts'
import type { FakeSystem, FakeTool } from '../../../fake/system.ts'
import { directory, errno, link } from '../../../fake/tree.ts'

/** A recurring monitor at a level of OCF_CHECK_LEVEL. */
const monitorAt = (level: '10' | '20', system: FakeSystem, more = {}) =>
  monitor(system, more, { OCF_CHECK_LEVEL: level })

const LOOKUP_ERRORS = ['ENOTCONN', 'EACCES', 'ESTALE']

describe('monitor', () => {
  test('runs no command and changes nothing', async () => {
    const { system } = await started()
    expect((await monitor(system)).code).toBe(exit.success)
    expect(system.commands).toEqual([])
    expect(system.changes).toEqual([])
  })

  test('of another device on the directory names that device (OCF_NOT_RUNNING)', async () => {
    const { system, table } = stopped()
    table.push(other)
    expect(await monitor(system)).toMatchObject({
      code: exit.notRunning,
      reasons: ['/dev/sdb is mounted on /mnt/c0, not /dev/sda'],
    })
  })

  test.each(LOOKUP_ERRORS)('and probe succeed when the mount point cannot be resolved (%s)', async code => {
    const { system } = await started()
    system.realPath = path => {
      throw errno(code, 'realpath', path)
    }
    expect((await monitor(system)).code).toBe(exit.success)
    const empty = stopped().system
    empty.realPath = system.realPath
    expect((await probe(empty)).code).toBe(exit.notRunning)
  })

  test('of another type of file system while the device is missing reports that too (OCF_NOT_RUNNING)', async () => {
    const { system, table } = stopped()
    removeBlockDevice(system, '/dev/sda', '8:0')
    table.push(other)
    expect((await monitor(system)).code).toBe(exit.notRunning)
    expect((await probe(system)).code).toBe(exit.notRunning)
  })

  test('of an ext3 while the device is missing fails: another node must not mount it too', async () => {
    const { system, table } = stopped()
    removeBlockDevice(system, '/dev/sda', '8:0')
    table.push({ ...other, fileSystem: 'ext3' })
    expect((await probe(system)).code).toBe(exit.genericError)
  })

  test('of a mount whose disk is gone fails, also when a new disk has replaced it', async () => {
    const { system } = await started()
    removeBlockDevice(system, '/dev/sda', '8:0')
    const lost = { code: exit.genericError, reasons: ['/dev/sda, mounted on /mnt/c0, is gone'] }
    expect(await monitor(system)).toMatchObject(lost)
    addBlockDevice(system, '/dev/sdc', '8:32')
    system.put('/dev/sda', link('/dev/sdc'))
    expect(await monitor(system)).toMatchObject(lost)
  })

  test('of an ext3 on another existing disk reports that it is not running (OCF_NOT_RUNNING)', async () => {
    const { system, table } = stopped()
    table.push({ ...other, fileSystem: 'ext3' })
    expect((await monitor(system)).code).toBe(exit.notRunning)
  })

  test('of a mount that another one hides fails', async () => {
    const { system, table } = await started()
    table.push(other)
    expect(await monitor(system)).toMatchObject({
      code: exit.genericError,
      reasons: ['the mount on /mnt/c0 is hidden by /dev/sdb: unmount /dev/sdb'],
    })
  })

  test('and probe of a device that is mounted elsewhere fail: a start elsewhere would destroy it', async () => {
    const { system, table } = stopped()
    table.push({ ...other, device: '8:0', mountPoint: '/srv' })
    const found = { code: exit.genericError, reasons: ['/dev/sda is not mounted on /mnt/c0, but on /srv'] }
    expect(await monitor(system)).toMatchObject(found)
    expect(await probe(system)).toMatchObject(found)
  })

  test('does not accept a bind mount of a part of the file system on the directory', async () => {
    const { system, table } = stopped()
    table.push({ ...other, device: '8:0', root: '/part' })
    expect((await monitor(system)).reasons).toEqual(['/dev/sda is not mounted on /mnt/c0, but on /mnt/c0'])
  })

  test.each([
    ['/sys/fs/ext4/sda/errors_count', '0\n'],
    ['/proc/fs/jbd2/sda-8/info', ''],
  ])('and probe fail while the kernel still has the file system in use (%s)', async (path, text) => {
    const { system } = stopped()
    system.put(path, text)
    for (const result of [await monitor(system), await probe(system)])
      expect(result).toMatchObject({
        code: exit.genericError,
        reasons: [expect.stringContaining('/dev/sda is not mounted on /mnt/c0, but its file system is still in use')],
      })
  })

  test('ignores a file system of a disk whose name starts the same', async () => {
    const { system } = stopped()
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
    const { system, table } = await started()
    const last = table.at(-1)
    if (last) last[which] = options
    expect(await monitor(system)).toMatchObject({
      code: exit.genericError,
      reasons: ['/mnt/c0 is read-only, probably after an error: check the kernel log'],
    })
  })

  test('of a file system that was mounted read-only succeeds', async () => {
    const { system } = stopped()
    await start(system, { options: 'ro' })
    expect((await monitor(system, { options: 'ro' })).code).toBe(exit.success)
  })

  // Debian 12, kernel 6.1.0-56: after errors=remount-ro mountinfo says rw, and each write fails
  test('of a file system in which the kernel found errors fails, although it is not listed as read-only', async () => {
    const { system } = await started()
    system.put('/sys/fs/ext4/sda/errors_count', '3\n')
    expect(await monitor(system)).toMatchObject({
      code: exit.genericError,
      reasons: ['/mnt/c0 is read-only: the kernel found errors in it; check the kernel log'],
    })
  })

  test('of a file system mounted with errors=continue is degraded by errors', async () => {
    const { system } = stopped()
    const options = 'errors=continue'
    await start(system, { options })
    system.put('/sys/fs/ext4/sda/errors_count', '3\n')
    expect(await monitor(system, { options })).toMatchObject({
      code: exit.degraded,
      reasons: ['the kernel found 3 errors in the file system on /dev/sda: restart the resource to run e2fsck'],
    })
  })
})

describe('monitor at level 10', () => {
  test('reads from the device, past the page cache', async () => {
    const { system } = await started()
    expect((await monitorAt('10', system)).code).toBe(exit.success)
    expect(system.commands).toEqual([
      ['dd', 'if=/dev/sda', 'of=/dev/null', 'bs=4096', 'count=16', 'iflag=direct', 'status=none'],
    ])
    expect(system.changes).toEqual([])
  })

  test('fails when the device cannot be read, with the message of dd', async () => {
    const { system } = await started()
    system.tools.set('dd', () => ({ status: 1, stderr: "dd: error reading '/dev/sda': Input/output error\n" }))
    const { code, reasons } = await monitorAt('10', system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/exited with 1: dd: error reading .*Input\/output error$/)])
  })

  test('without dd names the missing package (OCF_ERR_INSTALLED)', async () => {
    const { system } = await started()
    system.tools.delete('dd')
    expect((await monitorAt('10', system)).code).toBe(exit.notInstalled)
  })

  test('does no I/O while the session of the disk is being recovered, and is degraded when that outlasts a failover', async () => {
    const { system } = await started()
    block(system)
    expect(await monitorAt('10', system)).toMatchObject({ code: exit.success, reasons: [] })
    await system.sleep(60_000)
    // the plain monitor, which sees nothing of it
    expect((await monitor(system)).code).toBe(exit.success)
    expect((await monitorAt('10', system)).code).toBe(exit.success)
    await system.sleep(60_000)
    expect(await monitorAt('10', system)).toMatchObject({
      code: exit.degraded,
      reasons: ['disk sda is blocked while its session is being recovered: its I/O is paused'],
    })
    expect(system.commands).toEqual([])
  })

  test('is degraded at once while the device is suspended', async () => {
    const { system } = await started()
    system.put('/sys/block/sda/dm/suspended', '1\n')
    expect(await monitorAt('10', system)).toMatchObject({
      code: exit.degraded,
      reasons: [expect.stringContaining('is suspended: its I/O is blocked')],
    })
  })

  test('of an operator is degraded at once while the session of the disk is being recovered, and writes nothing', async () => {
    const { system } = await started()
    block(system)
    system.changes.length = 0
    expect((await probe(system, {}, { OCF_CHECK_LEVEL: '10' })).code).toBe(exit.degraded)
    expect(system.changes).toEqual([])
  })

  test('succeeds when the session fails after the read has started', async () => {
    const { system } = await started()
    system.tools.set('dd', hangs)
    setTimeout(() => block(system), 5000)
    const { code, reasons } = await callAndWait('monitor', system, { ...recurring, OCF_CHECK_LEVEL: '10' })
    expect({ code, reasons }).toEqual({ code: exit.success, reasons: [] })
    expect(system.read('/run/vhacs/interrupted-c0:deep')).toContain('is blocked while its session is being recovered')
  })

  test('fails in time when the disk does not respond for no known reason', async () => {
    const { system } = await started()
    system.tools.set('dd', hangs)
    const { code, reasons } = await callAndWait('monitor', system, { ...recurring, OCF_CHECK_LEVEL: '10' })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual(['reading from /dev/sda did not finish within 39 s'])
  })
})

describe('monitor at level 20', () => {
  test('writes a file, reads it back, and leaves nothing behind', async () => {
    const { system } = await started()
    expect((await monitorAt('20', system)).code).toBe(exit.success)
    expect(system.commands.map(([tool, first]) => `${tool} ${first}`)).toEqual([
      'dd if=/dev/sda',
      'dd of=/mnt/c0/.vhacs-status-c0',
      'dd if=/mnt/c0/.vhacs-status-c0',
    ])
    expect(system.list('/mnt/c0')).toEqual([])
  })

  test('removes the file that an earlier one has left, and never writes through a link', async () => {
    const { system } = await started()
    system.put('/etc/passwd', 'root:x:0:0')
    system.put('/mnt/c0/.vhacs-status-c0', link('/etc/passwd'))
    expect((await monitorAt('20', system)).code).toBe(exit.success)
    expect(system.read('/etc/passwd')).toBe('root:x:0:0')
    expect(system.commands[1]).toContain('conv=excl,fsync')
    expect(system.commands[1]).toContain('oflag=nofollow')
  })

  test('of a file system that is mounted read-only reads only', async () => {
    const { system } = stopped()
    await start(system, { options: 'ro' })
    system.commands.length = 0
    expect((await monitorAt('20', system, { options: 'ro' })).code).toBe(exit.success)
    expect(system.commands).toHaveLength(1)
  })

  test('of a full file system succeeds with a warning: a restart would not help', async () => {
    const { system } = await started()
    system.tools.set('dd', writes({ status: 1, stderr: "dd: error writing '/mnt/c0/x': No space left on device\n" }))
    const { code, stderr } = await monitorAt('20', system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('WARNING: /mnt/c0 is full')
  })

  test('fails when nothing can be written, or the file reads back differently', async () => {
    const { system } = await started()
    system.tools.set('dd', writes({ status: 1, stderr: 'dd: Read-only file system\n' }))
    expect((await monitorAt('20', system)).reasons).toEqual([expect.stringContaining('Read-only file system')])
    system.tools.set('dd', args => (args[0]?.startsWith('if=/mnt') ? { status: 0, stdout: 'rubbish' } : 0))
    expect((await monitorAt('20', system)).reasons).toEqual([
      '/mnt/c0/.vhacs-status-c0 does not read back as it was written: "rubbish"',
    ])
  })

  test('names its file so that no instance name escapes the directory', async () => {
    const { system } = await started()
    system.put('/mnt/c0', directory())
    const environment = { ...recurring, OCF_CHECK_LEVEL: '20', OCF_RESOURCE_INSTANCE: '../../etc/c0:1' }
    expect((await probe(system, {}, environment)).code).toBe(exit.success)
    expect(system.commands[1]?.[1]).toBe('of=/mnt/c0/.vhacs-status-.._.._etc_c0:1')
  })
})

function writes(result: ReturnType<FakeTool>): FakeTool {
  return args => (args[0]?.startsWith('of=') ? result : 0)
}
