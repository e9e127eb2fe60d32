import { describe, expect, test } from 'vitest'
import { ext3Filesystem } from '../../../agents/ext3-filesystem/index.ts'
import { exit } from '../../../ocf/exit.ts'
import { addBlockDevice, removeBlockDevice } from '../../fake/block.ts'
import { call, recurring } from '../../fake/call.ts'
import { type FakeMount, mounts } from '../../fake/mounts.ts'
import { addProcess } from '../../fake/processes.ts'
import { fakeSystem } from '../../fake/system.ts'
import { directory, link } from '../../fake/tree.ts'

const parameters = { device: '/dev/sda', directory: '/mnt/c0' }

function node() {
  const system = fakeSystem()
  const table = mounts(system)
  addBlockDevice(system, '/dev/sda', '8:0')
  addBlockDevice(system, '/dev/sdb', '8:16')
  return { system, table }
}

/** The mount point is a link to /srv/c0. */
function nodeWithLink() {
  const made = node()
  made.system.put('/srv/c0', directory())
  made.system.put('/mnt/c0', link('/srv/c0'))
  return made
}

async function mounted() {
  const made = node()
  await call(ext3Filesystem, 'start', { system: made.system, parameters })
  made.system.commands.length = 0
  return made
}

const other: FakeMount = {
  device: '8:16',
  source: '/dev/sdb',
  mountPoint: '/mnt/c0',
  fileSystem: 'ext4',
  options: 'rw',
  superOptions: 'rw',
}

describe('start', () => {
  test('makes the directory and mounts ext3, read-only after an error', async () => {
    const { system } = node()
    expect((await call(ext3Filesystem, 'start', { system, parameters })).code).toBe(exit.success)
    expect(system.stat('/mnt/c0').kind).toBe('directory')
    expect(system.commands).toEqual([['mount', '-t', 'ext3', '-o', 'errors=remount-ro', '--', '/dev/sda', '/mnt/c0']])
  })

  test.each([
    ['noatime,data=journal', 'noatime,data=journal,errors=remount-ro'],
    ['errors=panic,noatime', 'errors=panic,noatime'],
  ])('with options %s mounts with %s', async (options, given) => {
    const { system } = node()
    await call(ext3Filesystem, 'start', { system, parameters: { ...parameters, options } })
    expect(system.commands[0]?.[4]).toBe(given)
  })

  test('does not mount over another file system', async () => {
    const { system, table } = node()
    table.push(other)
    const { code, reasons } = await call(ext3Filesystem, 'start', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual(['/mnt/c0 has /dev/sdb mounted on it: unmount that first'])
    expect(system.commands).toEqual([])
  })

  test('does not mount the same device twice', async () => {
    const { system, table } = node()
    table.push({ ...other, device: '8:0', source: '/dev/sda', mountPoint: '/srv' })
    const { code, reasons } = await call(ext3Filesystem, 'start', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual(['/dev/sda is mounted on /srv already'])
  })

  test('mounts where a link leads, and finds it there', async () => {
    const { system, table } = nodeWithLink()
    expect((await call(ext3Filesystem, 'start', { system, parameters })).code).toBe(exit.success)
    expect(table.at(-1)).toMatchObject({ device: '8:0', mountPoint: '/srv/c0' })
    expect((await call(ext3Filesystem, 'monitor', { system, parameters })).code).toBe(exit.success)
  })

  test('without the device says so after ten seconds', async () => {
    const { system } = node()
    removeBlockDevice(system, '/dev/sda', '8:0')
    const begun = system.now()
    const { reasons } = await call(ext3Filesystem, 'start', { system, parameters })
    expect(reasons).toEqual(['/dev/sda does not exist on this node'])
    expect(system.now() - begun).toBeLessThan(11_000)
  })

  test('waits a moment for the link of udev', async () => {
    const { system } = node()
    removeBlockDevice(system, '/dev/sda', '8:0')
    setTimeout(() => addBlockDevice(system, '/dev/sda', '8:0'), 2000)
    expect((await call(ext3Filesystem, 'start', { system, parameters })).code).toBe(exit.success)
  })

  test('of what is no block device is refused (OCF_ERR_ARGS)', async () => {
    const { system } = node()
    system.put('/dev/sda', 'a file')
    expect((await call(ext3Filesystem, 'start', { system, parameters })).code).toBe(exit.invalidHere)
  })

  test('that mount refuses fails in its words', async () => {
    const { system } = node()
    const words = 'mount: /mnt/c0: wrong fs type, bad option, bad superblock on /dev/sda.\n'
    system.tools.set('mount', () => ({ status: 32, stderr: words }))
    const { code, reasons } = await call(ext3Filesystem, 'start', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(/exited with 32: mount: .*wrong fs type/)])
  })
})

describe('monitor', () => {
  const monitor = async (system: ReturnType<typeof node>['system'], options = '') =>
    call(ext3Filesystem, 'monitor', { system, parameters: { ...parameters, options }, environment: recurring })

  test('of another device on the directory says so (OCF_NOT_RUNNING)', async () => {
    const { system, table } = node()
    table.push(other)
    expect(await monitor(system)).toMatchObject({
      code: exit.notRunning,
      reasons: ['/mnt/c0 has /dev/sdb mounted on it, not /dev/sda'],
    })
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

  test('of a mount that is hidden below another fails', async () => {
    const { system, table } = await mounted()
    table.push(other)
    expect(await monitor(system)).toMatchObject({
      code: exit.genericError,
      reasons: ['the mount on /mnt/c0 is hidden below /dev/sdb'],
    })
  })

  test.each(['options', 'superOptions'] as const)('of a file system that went read-only (%s) fails', async which => {
    const { system, table } = await mounted()
    const last = table.at(-1)
    if (last) last[which] = 'ro,relatime'
    expect(await monitor(system)).toMatchObject({
      code: exit.genericError,
      reasons: ['/mnt/c0 has become read-only after an error; see the kernel log'],
    })
  })

  test('of a file system that was mounted read-only succeeds', async () => {
    const { system } = node()
    await call(ext3Filesystem, 'start', { system, parameters: { ...parameters, options: 'ro' } })
    expect((await monitor(system, 'ro')).code).toBe(exit.success)
  })

  test('of a mount whose device is gone fails', async () => {
    const { system } = await mounted()
    removeBlockDevice(system, '/dev/sda', '8:0')
    expect(await monitor(system)).toMatchObject({
      code: exit.genericError,
      reasons: ['/dev/sda, mounted on /mnt/c0, is gone'],
    })
  })

  test('runs no command and changes nothing', async () => {
    const { system } = await mounted()
    system.changes.length = 0
    await monitor(system)
    expect(system.commands).toEqual([])
    expect(system.changes).toEqual([])
  })
})

describe('stop', () => {
  test('unmounts first, and asks nobody to end when that works', async () => {
    const { system } = await mounted()
    addProcess(system, { pid: 41, name: 'bystander', cwd: '/srv' })
    expect((await call(ext3Filesystem, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(system.commands).toEqual([['umount', '--', '/mnt/c0']])
    expect(system.signals).toEqual([])
  })

  test('of a busy mount asks its users, and only those, to end', async () => {
    const { system } = await mounted()
    addProcess(system, { pid: 41, name: 'in-root', cwd: '/' })
    addProcess(system, { pid: 42, name: 'near', cwd: '/mnt', files: ['/mnt/c00/file', '/mnt/c0-old'] })
    addProcess(system, { pid: 43, name: 'elsewhere', cwd: '/mnt/c0', namespace: 'mnt:[4026532000]' })
    system.processes.delete(43)
    addProcess(system, { pid: 51, name: 'shell', cwd: '/mnt/c0' })
    addProcess(system, { pid: 52, name: 'writer', files: ['/dev/null', '/mnt/c0/deep/file'] })
    addProcess(system, { pid: 53, name: 'mapper', maps: ['7f00-7f01 r--s 00000000 08:00 12 /mnt/c0/map'] })
    const { code } = await call(ext3Filesystem, 'stop', { system, parameters })
    expect(code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 51', 'SIGTERM 52', 'SIGTERM 53'])
  })

  test('of a busy mount behind a link asks its users to end', async () => {
    const { system, table } = nodeWithLink()
    await call(ext3Filesystem, 'start', { system, parameters })
    addProcess(system, { pid: 51, name: 'shell', cwd: '/srv/c0' })
    expect((await call(ext3Filesystem, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 51'])
    expect(table.map(({ mountPoint }) => mountPoint)).toEqual(['/'])
  })

  test('asks nobody to end who uses another file system that is mounted below', async () => {
    const { system, table } = await mounted()
    table.push({ ...other, mountPoint: '/mnt/c0/below' })
    addProcess(system, { pid: 51, name: 'database', cwd: '/mnt/c0/below' })
    expect((await call(ext3Filesystem, 'stop', { system, parameters })).code).toBe(exit.genericError)
    expect(system.signals).toEqual([])
  })

  test('ends those that do not want to by SIGKILL, at last', async () => {
    const { system } = await mounted()
    addProcess(system, { pid: 51, name: 'stubborn', cwd: '/mnt/c0', endsBy: ['SIGKILL'] })
    expect((await call(ext3Filesystem, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 51', 'SIGTERM 51', 'SIGTERM 51', 'SIGKILL 51'])
  })

  test('of a mount that stays busy gives up before the timeout and names the users', async () => {
    const { system } = await mounted()
    addProcess(system, { pid: 51, name: 'in-d-state', cwd: '/mnt/c0', endsBy: [] })
    const { code, reasons } = await call(ext3Filesystem, 'stop', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      'stop gave up: not finished after 119.5 s, while unmounting /mnt/c0, in use by in-d-state (pid 51, cwd)',
    ])
  })

  test('that umount refuses for another reason fails in its words', async () => {
    const { system } = await mounted()
    system.tools.set('umount', () => ({ status: 32, stderr: 'umount: /mnt/c0: must be superuser to unmount.\n' }))
    const { code, reasons } = await call(ext3Filesystem, 'stop', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringContaining('must be superuser')])
  })

  test('leaves another file system on the directory alone', async () => {
    const { system, table } = node()
    table.push(other)
    expect((await call(ext3Filesystem, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(system.commands).toEqual([])
    expect(table).toContain(other)
  })

  test('leaves another kind of file system alone while the device is gone', async () => {
    const { system, table } = node()
    removeBlockDevice(system, '/dev/sda', '8:0')
    table.push(other)
    expect((await call(ext3Filesystem, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(system.commands).toEqual([])
    expect(table).toContain(other)
  })

  test('unmounts a file system that went read-only, or whose device is gone', async () => {
    const { system, table } = await mounted()
    removeBlockDevice(system, '/dev/sda', '8:0')
    expect((await call(ext3Filesystem, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(table.map(({ mountPoint }) => mountPoint)).toEqual(['/'])
  })

  test('unmounts a file system that was mounted twice, as often', async () => {
    const { system, table } = await mounted()
    table.push({ ...other, device: '8:0', source: '/dev/sda' })
    expect((await call(ext3Filesystem, 'stop', { system, parameters })).code).toBe(exit.success)
    expect(table.map(({ mountPoint }) => mountPoint)).toEqual(['/'])
  })
})
