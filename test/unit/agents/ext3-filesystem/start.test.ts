import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { addBlockDevice, removeBlockDevice } from '../../../fake/block/block.ts'
import { addFilesystem, EXT2, EXT4 } from '../../../fake/block/filesystem.ts'
import {
  block,
  callAndWait,
  hangs,
  monitor,
  other,
  probe,
  start,
  stop,
  stopped,
  stoppedWithLink,
  validate,
} from '../../../fake/nodes/ext3-filesystem.ts'
import { addProcess } from '../../../fake/proc/processes.ts'
import type { FakeSystem } from '../../../fake/system.ts'
import { directory, link } from '../../../fake/tree.ts'
import { mountStatuses } from './mount-statuses.ts'

const toolsRun = (system: FakeSystem) => system.commands.map(([tool]) => tool)

describe('mounting', () => {
  test('creates the directory and mounts ext3, read-only after an error', async () => {
    const { system } = stopped()
    expect((await start(system)).code).toBe(exit.success)
    expect(system.stat('/mnt/c0').kind).toBe('directory')
    expect(system.commands).toEqual([['mount', '-t', 'ext3', '-o', 'errors=remount-ro', '--', '/dev/sda', '/mnt/c0']])
  })

  test.each([
    ['noatime,data=journal', 'noatime,data=journal,errors=remount-ro'],
    ['errors=panic,noatime', 'errors=panic,noatime'],
  ])('with options %s mounts with %s', async (options, given) => {
    const { system } = stopped()
    await start(system, { options })
    expect(system.commands[0]?.[4]).toBe(given)
  })

  test('ignores a trailing slash of the directory', async () => {
    const { system, table } = stopped()
    expect((await start(system, { directory: '/mnt/c0/' })).code).toBe(exit.success)
    expect(table.at(-1)?.mountPoint).toBe('/mnt/c0')
    expect((await probe(system)).code).toBe(exit.success)
    expect((await stop(system, { directory: '/mnt/c0/' })).code).toBe(exit.success)
  })

  test('passes on the path of an external journal', async () => {
    const { system } = stopped()
    await start(system, { options: 'noatime,journal_path=/dev/disk/by-id/j-0' })
    expect(system.commands[0]?.[4]).toBe('noatime,journal_path=/dev/disk/by-id/j-0,errors=remount-ro')
  })

  test('reports an automount point as such', async () => {
    const { system, table } = stopped()
    table.push({ ...other, device: '0:50', source: 'systemd-1', fileSystem: 'autofs' })
    const reason =
      '/mnt/c0 is an automount point: stop its automount unit (systemctl list-units -t automount), and remove it from /etc/fstab'
    expect((await start(system)).reasons).toEqual([reason])
    expect(await monitor(system)).toMatchObject({ code: exit.notRunning, reasons: [reason] })
    expect((await stop(system)).code).toBe(exit.success)
    expect(table).toHaveLength(2)
  })

  test.each([
    ['mount', 32, 'mount: /mnt/c0: /dev/sda already mounted or mount point busy.', {}],
    ['e2fsck', 8, '/dev/sda is in use.\ne2fsck: Cannot continue, aborting.', { run_fsck: 'force' }],
  ])('names the holder of the device when %s finds it in use', async (tool, status, stderr, parameters) => {
    const { system } = stopped()
    system.put('/sys/block/sda/holders/dm-3', directory())
    system.put('/sys/block/dm-3/dm/name', 'mpatha\n')
    addProcess(system, { pid: 41, name: 'mkfs.ext4', files: ['/dev/sda'] })
    system.tools.set(tool, () => ({ status, stderr }))
    const { code, reasons } = await start(system, parameters)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(
        /^\/dev\/sda is in use by device dm-3 \(mpatha\), process 41 \(mkfs.ext4\): (mount|e2fsck) /,
      ),
    ])
  })

  test('does not mount over another file system', async () => {
    const { system, table } = stopped()
    table.push(other)
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual(['/dev/sdb is mounted on /mnt/c0: unmount it first'])
    expect(system.commands).toEqual([])
  })

  test('first unmounts the device elsewhere: the same file system is not used twice', async () => {
    const { system, table } = stopped()
    table.push({ ...other, device: '8:0', source: '/dev/sda', mountPoint: '/srv' })
    expect((await start(system)).code).toBe(exit.success)
    expect(table.map(({ mountPoint }) => mountPoint)).toEqual(['/', '/mnt/c0'])
  })

  test('mounts where a symbolic link points, and finds it there', async () => {
    const { system, table } = stoppedWithLink()
    expect((await start(system)).code).toBe(exit.success)
    expect(table.at(-1)).toMatchObject({ device: '8:0', mountPoint: '/srv/c0' })
    expect((await probe(system)).code).toBe(exit.success)
  })

  test.each<[number, string]>([
    ...mountStatuses,
    [33, 'incorrect invocation or permissions, mount failure'],
  ])('names exit status %d of mount with its meaning', async (status, meaning) => {
    const { system } = stopped()
    system.tools.set('mount', () => ({ status, stderr: 'mount: /mnt/c0: wrong fs type, bad superblock.\n' }))
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringContaining(`exited with ${status} (${meaning}): mount: /mnt/c0: wrong fs type`),
    ])
  })

  test('succeeds if the device is mounted, whatever mount reports about its own files', async () => {
    const { system } = stopped()
    const mount = system.tools.get('mount')
    system.tools.set('mount', async (args, options) => {
      await mount?.(args, options)
      return { status: 16, stderr: 'mount: cannot write /run/mount/utab\n' }
    })
    const { code, stderr } = await start(system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('/dev/sda is mounted, although mount')
  })

  test('fails when mount returns 0 and nothing is mounted', async () => {
    const { system } = stopped()
    system.tools.set('mount', () => ({ status: 0, stdout: 'rubbish\0' }))
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual(['start finished, but the resource is still stopped'])
  })

  test('without mount names the missing package (OCF_ERR_INSTALLED)', async () => {
    const { system } = stopped()
    system.tools.delete('mount')
    expect(await start(system)).toMatchObject({
      code: exit.notInstalled,
      reasons: ['mount is not installed on this node: install the package mount'],
    })
  })

  test('that hangs fails at the deadline, with the reason why the disk is blocked', async () => {
    const { system } = stopped()
    system.tools.set('mount', hangs)
    block(system)
    const { code, reasons } = await callAndWait('start', system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      'start timed out: not finished after 59.5 s, while mounting /dev/sda on /mnt/c0: ' +
        'disk sda is blocked while its session is being recovered: its I/O is paused',
    ])
  })
})

describe('the directory', () => {
  test('is not created with create_directory=no (OCF_ERR_ARGS)', async () => {
    const { system } = stopped()
    expect(await start(system, { create_directory: 'no' })).toMatchObject({
      code: exit.invalidHere,
      reasons: ['the mount point /mnt/c0 does not exist (create_directory is off)'],
    })
    expect(system.changes).toEqual([])
    system.put('/mnt/c0', directory())
    expect((await start(system, { create_directory: 'no' })).code).toBe(exit.success)
  })

  test('must be one (OCF_ERR_ARGS)', async () => {
    const { system } = stopped()
    system.put('/mnt/c0', 'a file')
    expect(await start(system)).toMatchObject({ code: exit.invalidHere, reasons: ['/mnt/c0 is not a directory'] })
  })
})

const EXT4_FEATURES = 'extent, 64bit, flex_bg, huge_file, dir_nlink, extra_isize, metadata_csum'
const EXT3 = { ...EXT4, incompatible: 2, readOnlyCompatible: 3 }

describe('the device', () => {
  test('that does not appear fails the start after ten seconds', async () => {
    const { system } = stopped()
    removeBlockDevice(system, '/dev/sda', '8:0')
    const begun = system.now()
    const { reasons } = await start(system)
    expect(reasons).toEqual(['/dev/sda does not exist on this node'])
    expect(system.now() - begun).toBeLessThan(11_000)
  })

  test("may appear a moment later, like udev's link", async () => {
    const { system } = stopped()
    removeBlockDevice(system, '/dev/sda', '8:0')
    setTimeout(() => addFilesystem(system, '/dev/sda', '8:0'), 2000)
    expect((await start(system)).code).toBe(exit.success)
  })

  test('that is not a block device is refused (OCF_ERR_ARGS)', async () => {
    const { system } = stopped()
    system.put('/dev/sda', 'a file')
    expect((await start(system)).code).toBe(exit.invalidHere)
  })

  test('that is a link to itself does not exist', async () => {
    const { system } = stopped()
    system.put('/dev/sda', link('/dev/sda'))
    expect(await start(system)).toMatchObject({
      code: exit.genericError,
      reasons: ['/dev/sda does not exist on this node'],
    })
    expect((await stop(system)).code).toBe(exit.success)
  })

  test.each([
    ['an ext4', EXT4, `has an ext4 file system, which cannot be mounted as ext3 (${EXT4_FEATURES})`],
    ['an ext2', EXT2, 'has an ext2 file system, which has no journal: run tune2fs -j /dev/sda to add one'],
    ['an unknown flag', { ...EXT3, incompatible: 0x4000_0002 }, '(unknown feature 0x40000000)'],
    ['too big an', { ...EXT3, blocks: 8193 }, '/dev/sda has 8388608 bytes, but the file system on it 8389632'],
  ])('with %s file system is not mounted (OCF_ERR_ARGS)', async (_, content, words) => {
    const { system, superblock } = stopped()
    Object.assign(superblock, content)
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.invalidHere)
    expect(reasons).toEqual([expect.stringContaining(words)])
    expect(system.commands).toEqual([])
  })

  test('without a size is not mounted, and may have one next time (OCF_ERR_GENERIC)', async () => {
    const { system } = stopped()
    addBlockDevice(system, '/dev/sda', '8:0', () => new Uint8Array())
    expect(await start(system)).toMatchObject({
      code: exit.genericError,
      reasons: ['/dev/sda has no size: its disk is gone or never appeared'],
    })
    expect(system.commands).toEqual([])
  })

  test.each([
    [0, 'XFSB', 'an XFS file system'],
    [512, 'LABELONE', 'an LVM physical volume'],
    [4086, 'SWAPSPACE2', 'swap space'],
    [100, 'text', 'unknown content'],
    [0, '\0', 'nothing but zeros (no file system was created on it)'],
  ])('with other content (at %d: %j) is not mounted (OCF_ERR_ARGS)', async (offset, text, words) => {
    const { system } = stopped()
    addBlockDevice(system, '/dev/sda', '8:0', () => Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]))
    expect(await start(system)).toMatchObject({
      code: exit.invalidHere,
      reasons: [`/dev/sda does not have an ext3 file system: it has ${words}`],
    })
  })
})

describe('a file system', () => {
  test('that was not unmounted is mounted without a check: mounting replays its journal', async () => {
    const { system, superblock } = stopped()
    superblock.incompatible |= 0x4
    expect((await start(system)).code).toBe(exit.success)
    expect(toolsRun(system)).toEqual(['mount'])
  })

  test.each([
    { state: 3 },
    { state: 2 },
    { state: 0 },
    { errors: 1 },
  ])('in which the kernel found errors (%j) is checked before it is mounted', async said => {
    const { system, superblock } = stopped()
    Object.assign(superblock, said)
    expect((await start(system)).code).toBe(exit.success)
    expect(system.commands[0]).toEqual(['e2fsck', '-p', '-f', '--', '/dev/sda'])
    expect(toolsRun(system)).toEqual(['e2fsck', 'mount'])
  })

  test('that e2fsck has repaired is mounted with a warning', async () => {
    const { system, superblock } = stopped()
    superblock.state = 3
    const { code, stderr } = await start(system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('WARNING: e2fsck corrected errors in the file system on /dev/sda')
  })

  test('is checked at every start with run_fsck=force', async () => {
    const { system } = stopped()
    expect((await start(system, { run_fsck: 'force' })).code).toBe(exit.success)
    expect(system.commands[0]).toEqual(['e2fsck', '-p', '-f', '--', '/dev/sda'])
  })

  test('with errors is not mounted with run_fsck=no', async () => {
    const { system, superblock } = stopped()
    superblock.state = 3
    const { code, reasons } = await start(system, { run_fsck: 'no' })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual(['the file system on /dev/sda has errors, and run_fsck=no: run e2fsck -f /dev/sda'])
    expect(system.commands).toEqual([])
    superblock.state = 1
    expect((await start(system, { run_fsck: 'no' })).code).toBe(exit.success)
  })

  test.each([
    [2, 'errors were corrected while the file system was in use: reboot the node'],
    [4, 'errors remain: run e2fsck by hand'],
    [8, 'operational error'],
    [16, 'usage error'],
    [32, 'cancelled'],
    [128, 'shared library error'],
    [5, 'errors were corrected, errors remain: run e2fsck by hand'],
  ])('is not mounted when e2fsck exits with %d', async (status, meaning) => {
    const { system } = stopped()
    system.tools.set('e2fsck', () => ({ status, stdout: '/dev/sda: UNEXPECTED INCONSISTENCY\n' }))
    const { code, reasons } = await start(system, { run_fsck: 'force' })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      `e2fsck -p -f -- /dev/sda exited with ${status} (${meaning}): /dev/sda: UNEXPECTED INCONSISTENCY`,
    ])
    expect(toolsRun(system)).toEqual(['e2fsck'])
  })

  test('is not mounted when e2fsck was killed, hangs, or is missing', async () => {
    const killed = stopped()
    killed.system.tools.set('e2fsck', () => ({ status: undefined }))
    expect((await start(killed.system, { run_fsck: 'force' })).reasons).toEqual([
      'e2fsck -p -f -- /dev/sda was killed by a signal',
    ])
    const hung = stopped()
    hung.superblock.state = 3
    hung.system.tools.set('e2fsck', hangs)
    expect((await callAndWait('start', hung.system)).reasons).toEqual([
      'start timed out: not finished after 59.5 s, while checking the file system on /dev/sda with e2fsck',
    ])
    const without = stopped()
    without.superblock.state = 3
    without.system.tools.delete('e2fsck')
    expect(await start(without.system)).toMatchObject({
      code: exit.notInstalled,
      reasons: ['e2fsck is not installed on this node: install the package e2fsprogs'],
    })
    for (const { system } of [killed, hung, without]) expect(toolsRun(system)).not.toContain('mount')
  })

  test('that cannot be read fails with the message of the kernel', async () => {
    const { system } = stopped()
    system.readBytes = async () => {
      throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' })
    }
    const { code, reasons } = await start(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual(['start: EIO: i/o error, read'])
  })

  test('whose disk does not respond fails at the deadline', async () => {
    const { system } = stopped()
    system.readBytes = () => new Promise(() => {})
    expect((await callAndWait('start', system)).reasons).toEqual([
      'start timed out: not finished after 59.5 s, while reading the superblock of /dev/sda',
    ])
  })
})

describe('validate-all at level 10', () => {
  test('accepts a device that does not exist yet', async () => {
    const { system } = stopped()
    removeBlockDevice(system, '/dev/sda', '8:0')
    expect((await validate(system)).code).toBe(exit.success)
    expect(system.changes).toEqual([])
  })

  test.each([
    ['a file for a device', '/dev/sda', {}],
    ['a file for a directory', '/mnt/c0', {}],
    ['a missing directory that shall not be made', '/mnt/c1', { create_directory: 'no' }],
  ])('refuses %s (OCF_ERR_ARGS)', async (_, path, more) => {
    const { system } = stopped()
    system.put(path, 'a file')
    expect((await validate(system, more)).code).toBe(exit.invalidHere)
  })
})
