import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { other, started, stop } from '../../../fake/nodes/ext3-filesystem.ts'
import { type FakeMount, mountInfoText, namespaceTable, showLife } from '../../../fake/proc/mounts.ts'
import { addNamespace, addProcess, endProcess } from '../../../fake/proc/processes.ts'
import type { FakeSystem } from '../../../fake/system.ts'
import { errno, link, liveFile } from '../../../fake/tree.ts'

const umounts = (system: FakeSystem) =>
  system.commands.filter(([tool]) => tool === 'umount').map(([, , ...args]) => args)
const CONTAINER = 'mnt:[4026532999]'
const ours = { ...other, device: '8:0', source: '/dev/sda', fileSystem: 'ext3' }
const tmpfs: FakeMount = { ...other, device: '0:42', source: 'tmpfs', mountPoint: '/dev', fileSystem: 'tmpfs' }

/** A container with these mounts in a namespace of its own, which ends with the process that is given `leave`. */
async function container(...mounts: readonly FakeMount[]) {
  const { system } = await started()
  const theirs = addNamespace(system, CONTAINER)
  theirs.splice(0, theirs.length, ...mounts)
  showLife(system, '8:0')
  const leave = () => {
    theirs.length = 0
    showLife(system, '8:0')
  }
  return { system, theirs, leave }
}

describe('stop of a file system that is the root of a container', () => {
  const root = { ...ours, mountPoint: '/' }

  test.each([
    'yes',
    'safe',
  ])('terminates the processes in it, and never unmounts / there (force_unmount=%s)', async force => {
    const { system, leave } = await container(root)
    addProcess(system, { pid: 61, name: 'init', namespace: CONTAINER, ended: leave })
    expect((await stop(system, { force_unmount: force })).code).toBe(exit.success)
    expect(umounts(system)).toEqual([['--', '/mnt/c0']])
    expect(system.signals).toEqual(['SIGTERM 61'])
  })

  test('terminates them although another file system in the container is busy', async () => {
    const { system, leave } = await container(root, tmpfs)
    addProcess(system, { pid: 61, name: 'init', files: ['/dev/null'], namespace: CONTAINER, ended: leave })
    const { code, stderr } = await stop(system)
    expect(code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 61'])
    expect(stderr.match(/WARNING: unmounting \/dev in the mount namespace of init \(pid 61\)/g)).toHaveLength(1)
  })

  test('names them and waits with force_unmount=no', async () => {
    const { system } = await container(root)
    addProcess(system, { pid: 61, name: 'init', namespace: CONTAINER })
    expect((await stop(system, { force_unmount: 'no' })).reasons).toEqual([
      expect.stringMatching(
        /while unmounting \/ in the mount namespace of init \(pid 61\), in use by init \(pid 61, cwd\)$/,
      ),
    ])
    expect(system.signals).toEqual([])
  })

  test('names a container of systemd-nspawn as such, whatever runs in it', async () => {
    const { system } = await container(root)
    for (const [pid, name] of [
      [61, 'systemd'],
      [62, 'nginx'],
    ] as const) {
      addProcess(system, { pid, name, namespace: CONTAINER })
      system.put(`/proc/${pid}/cgroup`, '0::/machine.slice/vhacs-nspawn-web0.service/payload/init.scope\n')
    }
    addProcess(system, { pid: 63, name: 'sh', cwd: '/mnt/c0' })
    expect((await stop(system, { force_unmount: 'no' })).reasons).toEqual([
      expect.stringMatching(/while unmounting \/mnt\/c0, in use by container web0, sh \(pid 63, cwd\)$/),
    ])
  })

  test('terminates processes without open files on it only with force_unmount=yes', async () => {
    const { system, leave } = await container(root)
    const visitor = { pid: 61, name: 'visitor', namespace: CONTAINER, isBeneath: true, ended: leave }
    addProcess(system, visitor)
    system.mountId = () => 1
    expect((await stop(system, { force_unmount: 'safe' })).reasons).toEqual([
      'a namespace keeps it mounted: set force_unmount=yes, or stop visitor (pid 61, its mount namespace): ' +
        '/dev/sda is / in the mount namespace of visitor (pid 61)',
    ])
    expect(system.signals).toEqual([])
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 61'])
  })

  test('finds processes whose root is a directory of it (chroot), although their mount table does not show it', async () => {
    const { system, leave } = await container({ ...ours, mountPoint: '/mnt/c0' })
    addProcess(system, { pid: 61, name: 'named', root: '/mnt/c0/jail', namespace: CONTAINER, ended: leave })
    addProcess(system, { pid: 62, name: 'another', root: '/mnt/c0/jail', namespace: 'mnt:[4026533000]' })
    for (const pid of [61, 62]) system.put(`/proc/${pid}/mountinfo`, '')
    const { stat } = system
    system.stat = path => (path === '/proc/61/root' ? { ...stat('/'), fileSystem: '8:0' } : stat(path))
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 61'])
  })
})

test('a process without visible mounts (chroot) whose socket has a path like ours is not terminated', async () => {
  const { system, table } = await started()
  for (const entry of table) if (entry.mountPoint === '/mnt/c0') entry.isHeld = true
  addProcess(system, { pid: 61, name: 'jailed', root: '/srv/jail', namespace: CONTAINER, files: ['socket:[7777]'] })
  system.put('/proc/61/mountinfo', '')
  system.put('/proc/net/unix', '0000: 00000002 00000000 00010000 0001 01 7777 /mnt/c0/run/x.sock\n')
  expect((await stop(system)).reasons).toEqual([expect.stringContaining('in use by nothing that /proc shows')])
  expect(system.signals).toEqual([])
})

describe('stop whose process for entering a namespace', () => {
  test('that exits meanwhile tries another', async () => {
    const { system, theirs } = await container({ ...ours, mountPoint: '/mnt/c0' })
    const first = { pid: 61, name: 'short', namespace: CONTAINER }
    addProcess(system, first)
    addProcess(system, { pid: 62, name: 'long', namespace: CONTAINER })
    const umount = system.tools.get('umount')
    system.tools.set('umount', (args, options) => {
      if (args.includes('61')) endProcess(system, first)
      return umount?.(args, options) ?? 1
    })
    expect((await stop(system)).code).toBe(exit.success)
    expect(umounts(system).slice(1)).toEqual([
      ['--namespace', '61', '--', '/mnt/c0'],
      ['--namespace', '62', '--', '/mnt/c0'],
    ])
    expect(theirs).toEqual([])
    expect(system.signals).toEqual([])
  })

  test('whose mounts cannot be read tries another', async () => {
    const { system } = await container({ ...ours, mountPoint: '/mnt/c0' })
    addProcess(system, { pid: 61, name: 'zombie', namespace: CONTAINER })
    addProcess(system, { pid: 62, name: 'long', namespace: CONTAINER })
    const { read } = system
    system.read = path => {
      if (path === '/proc/61/mountinfo') throw errno('EINVAL', 'read', path)
      return read(path)
    }
    expect((await stop(system)).code).toBe(exit.success)
    expect(umounts(system)[1]).toEqual(['--namespace', '62', '--', '/mnt/c0'])
  })

  test('whose first thread has exited enters through another thread', async () => {
    const { system } = await container({ ...ours, mountPoint: '/mnt/c0' })
    addProcess(system, { pid: 61, name: 'pool', threads: ['/'], isHeadless: true, namespace: CONTAINER })
    expect((await stop(system)).code).toBe(exit.success)
    expect(umounts(system)[1]).toEqual(['--namespace', '62', '--', '/mnt/c0'])
    expect(system.signals).toEqual([])
  })
})

test('a stop names the overlay that keeps a layer of the file system in use, in any namespace', async () => {
  const { system, theirs } = await container()
  addProcess(system, { pid: 61, name: 'container', namespace: CONTAINER })
  const layers = 'rw,lowerdir=/usr:/mnt/c0/a\\134:b,upperdir=/srv/u,workdir=/srv/w'
  theirs.push({ ...other, device: '0:50', mountPoint: '/merged', fileSystem: 'overlay', superOptions: layers })
  theirs.push({
    ...other,
    device: '0:51',
    mountPoint: '/near',
    fileSystem: 'overlay',
    superOptions: 'lowerdir=/mnt/c00',
  })
  system.put('/proc/fs/jbd2/sda-8/info', '')
  expect((await stop(system)).reasons).toEqual([
    expect.stringMatching(
      /unmounted but holding a layer of the overlay mounted on \/merged in the mount namespace of container \(pid 61\)$/,
    ),
  ])
  expect(system.signals).toEqual([])
})

test('a stop reads the mounts of no other namespace when the kernel has released the file system', async () => {
  const { system } = await started()
  addNamespace(system, CONTAINER)
  addProcess(system, { pid: 61, name: 'init', namespace: CONTAINER })
  const { read } = system
  const tables: string[] = []
  system.read = path => {
    if (path.endsWith('/mountinfo')) tables.push(path)
    return read(path)
  }
  expect((await stop(system)).code).toBe(exit.success)
  expect(new Set(tables)).toEqual(new Set(['/proc/self/mountinfo']))
})

describe('a namespace whose table takes too long to read', () => {
  /** It has the file system, behind more mounts than are read. */
  async function endless() {
    const { system, theirs, leave } = await container({ ...ours, mountPoint: '/mnt/c0' })
    const { readFor } = system
    system.readFor = (path, milliseconds) =>
      path === '/proc/61/mountinfo' ? { text: '', isWhole: false } : readFor(path, milliseconds)
    addProcess(system, { pid: 61, name: 'stacker', namespace: CONTAINER, ended: leave })
    addProcess(system, { pid: 62, name: 'bystander', namespace: 'mnt:[4026533000]' })
    return { system, theirs }
  }

  test('has its processes terminated if nothing else is found that holds the file system', async () => {
    const { system, theirs } = await endless()
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 61'])
    expect(theirs).toEqual([])
  })

  test('is not touched with force_unmount=safe', async () => {
    const { system } = await endless()
    expect((await stop(system, { force_unmount: 'safe' })).code).toBe(exit.genericError)
    expect(system.signals).toEqual([])
  })

  test('is not touched if the file system is released', async () => {
    const { system, theirs } = await endless()
    theirs.length = 0
    showLife(system, '8:0')
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual([])
  })
})

describe('a stop finds a namespace in which no process lives', () => {
  const mount = { ...ours, mountPoint: '/mnt/c0' }

  test('except a thread, and unmounts there', async () => {
    const { system } = await container(mount)
    addProcess(system, { pid: 61, name: 'pool', threads: ['/'] })
    system.put('/proc/61/task/62/ns/mnt', link(CONTAINER))
    system.put(
      '/proc/61/task/62/mountinfo',
      liveFile(() => mountInfoText(namespaceTable(system, CONTAINER))),
    )
    const { code } = await stop(system)
    expect(umounts(system)).toEqual([
      ['--', '/mnt/c0'],
      ['--namespace', '62', '--', '/mnt/c0'],
    ])
    expect(code).toBe(exit.success)
    expect(system.signals).toEqual([])
  })

  test('and terminates the processes of the namespace that keeps it by a mount (nsfs)', async () => {
    const { system, theirs, leave } = await container(mount)
    const nsfs = { ...tmpfs, mountPoint: '/run/ns', fileSystem: 'nsfs', root: 'mnt:[4026539999]', source: 'nsfs' }
    addProcess(system, { pid: 61, name: 'keeper', namespace: 'mnt:[4026533000]', ended: leave })
    addNamespace(system, 'mnt:[4026533000]').push(nsfs)
    expect(theirs).toHaveLength(1)
    const { code, stderr } = await stop(system)
    expect(stderr).toContain('sending SIGTERM to keeper (pid 61, a mount of a mount namespace)')
    expect(code).toBe(exit.success)
  })
})
