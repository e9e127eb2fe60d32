import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { answer } from '../../../fake/answer.ts'
import { removeBlockDevice } from '../../../fake/block/block.ts'
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
  stop,
  stopped,
  stoppedWithLink,
} from '../../../fake/nodes/ext3-filesystem.ts'
import { type FakeMount, mountInfoText, showLife } from '../../../fake/proc/mounts.ts'
import { AGENT_PID, addNamespace, addProcess, endProcess } from '../../../fake/proc/processes.ts'
import type { FakeSystem } from '../../../fake/system.ts'
import { errno, link } from '../../../fake/tree.ts'
import { mountStatuses } from './mount-statuses.ts'

const pointsOf = (table: readonly FakeMount[]) => table.map(({ mountPoint }) => mountPoint)
const umounts = (system: FakeSystem) =>
  system.commands.filter(([tool]) => tool === 'umount').map(([, , ...args]) => args)
const OTHER_NAMESPACE = 'mnt:[4026532999]'

/** The last mount is busy, whatever it is by. */
function hold(table: FakeMount[], isHeld = true): void {
  const last = table.at(-1)
  if (last) last.isHeld = isHeld
}

const SYSTEM_MOUNTS = ['/', '/usr', '/var']

describe('stop', () => {
  test('unmounts first, and terminates no process if that works', async () => {
    const { system } = await started()
    addProcess(system, { pid: 41, name: 'bystander', cwd: '/srv' })
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.commands).toEqual([
      ['fsfreeze', '--unfreeze', '--', '/mnt/c0'],
      ['umount', '-c', '--', '/mnt/c0'],
    ])
    expect(system.signals).toEqual([])
  })

  test('leaves another file system on the directory alone', async () => {
    const { system, table } = stopped()
    table.push(other)
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.commands).toEqual([])
    expect(table).toContain(other)
  })

  test.each(
    SYSTEM_MOUNTS,
  )('changes nothing when the device is the file system that the node has mounted on %s', async mountPoint => {
    const { system, table } = stopped()
    const essential = { ...other, device: '8:0', source: '/dev/sda', mountPoint }
    table.push(essential, { ...other, mountPoint: `${mountPoint === '/' ? '' : mountPoint}/below` })
    addProcess(system, { pid: 41, name: 'init', cwd: mountPoint })
    const reasons = [`/dev/sda holds this node's own file system, mounted on ${mountPoint}`]
    for (const environment of [{}, recurring])
      expect(await probe(system, {}, environment)).toMatchObject({
        code: exit.notRunning,
        ...(environment === recurring && { reasons }),
      })
    expect((await start(system)).reasons).toEqual([`/dev/sda is already mounted on ${mountPoint}: unmount it first`])
    expect(await stop(system)).toMatchObject({ code: exit.success, reasons: [] })
    expect(system.commands).toEqual([])
    expect(system.signals).toEqual([])
  })

  test('unmounts the file system, or a part of it, from a system directory of the node', async () => {
    const { system, table } = await started()
    table.push({ ...other, device: '8:0', source: '/dev/sda', mountPoint: '/etc', root: '/etc' })
    expect(await monitor(system)).toMatchObject({ code: exit.success })
    expect((await stop(system)).code).toBe(exit.success)
    expect(pointsOf(table)).toEqual(['/'])
    const onVar = { directory: '/var' }
    expect((await start(system, onVar)).code).toBe(exit.success)
    expect((await stop(system, onVar)).code).toBe(exit.success)
    expect(pointsOf(table)).toEqual(['/'])
  })

  test('leaves another type of file system alone while the device is missing', async () => {
    const { system, table } = stopped()
    removeBlockDevice(system, '/dev/sda', '8:0')
    table.push(other)
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.commands).toEqual([])
    expect(table).toContain(other)
  })

  test('unmounts a file system whose device is missing', async () => {
    const { system, table } = await started()
    removeBlockDevice(system, '/dev/sda', '8:0')
    expect((await stop(system)).code).toBe(exit.success)
    expect(pointsOf(table)).toEqual(['/'])
  })

  test('unmounts a file system twice if it was mounted twice', async () => {
    const { system, table } = await started()
    table.push({ ...other, device: '8:0', source: '/dev/sda' })
    expect((await stop(system)).code).toBe(exit.success)
    expect(pointsOf(table)).toEqual(['/'])
  })

  test('unmounts bind mounts of it elsewhere and, with a warning, mounts on top of it', async () => {
    const { system, table } = await started()
    table.push({ ...other, device: '8:0', source: '/dev/sda', root: '/part', mountPoint: '/srv' })
    table.push({ ...other, mountPoint: '/mnt/c0/below' }, { ...other, mountPoint: '/mnt/c0/below/deeper' })
    table.push({ ...other, mountPoint: '/mnt/c00' })
    const { code, stderr } = await stop(system)
    expect(code).toBe(exit.success)
    expect(pointsOf(table)).toEqual(['/', '/mnt/c00'])
    expect(stderr).toContain(
      'WARNING: unmounting /mnt/c0/below: /dev/sdb is mounted on the file system that is to be unmounted',
    )
  })

  test('does not finish before the kernel has released the file system', async () => {
    const { system } = await started()
    const umount = system.tools.get('umount')
    system.tools.set('umount', async (args, options) => {
      const result = await umount?.(args, options)
      system.put('/proc/fs/jbd2/sda-8/info', '')
      setTimeout(() => system.take('/proc/fs/jbd2/sda-8'), 7000)
      return result ?? 1
    })
    const begun = system.now()
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.now() - begun).toBeGreaterThanOrEqual(7000)
  })

  test('after one that timed out while umount hung also times out, with the reason', async () => {
    const { system, table } = await started()
    system.tools.set('umount', () => {
      table.pop()
      return new Promise(() => {})
    })
    block(system)
    const first = await callAndWait('stop', system)
    expect(first.reasons).toEqual([
      'stop timed out: not finished after 119.5 s, while unmounting /mnt/c0: ' +
        'disk sda is blocked while its session is being recovered: its I/O is paused',
    ])
    const second = await callAndWait('stop', system)
    expect(second.code).toBe(exit.genericError)
    expect(second.reasons).toEqual([expect.stringMatching(/unmounted but being written out, .*: disk sda is blocked/)])
  })

  describe('while the session of the disk is lost', () => {
    /** The disk of a session; umount hangs until a logout removes it. */
    async function lost(state = 'FAILED') {
      const { system, table } = await started()
      const unit = '/sys/devices/platform/host1/session1/target1:0:0/1:0:0:0'
      system.put(`${unit}/state`, 'blocked\n')
      system.put('/sys/block/sda/device', link(unit))
      system.put('/sys/class/iscsi_session/session1/state', `${state}\n`)
      let end = () => {}
      system.tools.set('umount', () => {
        const result = new Promise<number>(resolve => {
          end = () => resolve(0)
        })
        return result
      })
      system.tools.set('iscsiadm', () => {
        table.pop()
        showLife(system, '8:0')
        removeBlockDevice(system, '/dev/sda', '8:0')
        end()
        return 0
      })
      return { system, table }
    }
    const logouts = (system: FakeSystem) => system.commands.filter(([tool]) => tool === 'iscsiadm')

    test('logs out of it shortly before the time is over, and succeeds', async () => {
      const { system } = await lost()
      const begun = system.now()
      let loggedOutAfter = 0
      const logOut = system.tools.get('iscsiadm')
      system.tools.set('iscsiadm', (...call) => {
        loggedOutAfter = (system.now() - begun) / 1000
        return logOut?.(...call) ?? 1
      })
      const { code, stderr } = await callAndWait('stop', system)
      expect(code).toBe(exit.success)
      expect(logouts(system)).toEqual([['iscsiadm', '-m', 'session', '-r', '1', '--logout']])
      expect(loggedOutAfter).toBeGreaterThanOrEqual(94)
      expect(stderr).toContain(
        'logging out, so that its I/O fails and the stop can finish; what was not written yet is lost',
      )
    })

    test.each<[string, string, (system: FakeSystem) => void]>([
      ['logs out of no session that works', 'LOGGED_IN', () => undefined],
      ['fails as before without iscsiadm', 'FAILED', system => void system.tools.delete('iscsiadm')],
      ['fails as before when iscsid does not answer', 'FAILED', system => void system.tools.set('iscsiadm', hangs)],
    ])('%s', async (_, state, change) => {
      const { system } = await lost(state)
      change(system)
      const { code, reasons } = await callAndWait('stop', system)
      expect(code).toBe(exit.genericError)
      expect(reasons).toEqual([expect.stringContaining('disk sda is blocked while its session is being recovered')])
    })
  })

  test.each(mountStatuses)('names exit status %d of umount with its meaning', async (status, meaning) => {
    const { system } = await started()
    system.tools.set('umount', () => ({ status, stderr: 'umount: /mnt/c0: must be superuser to unmount.\n' }))
    const { code, reasons } = await stop(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      `umount -c -- /mnt/c0 exited with ${status} (${meaning}): umount: /mnt/c0: must be superuser to unmount.`,
    ])
  })

  test('without umount names the missing package (OCF_ERR_INSTALLED)', async () => {
    const { system } = await started()
    system.tools.delete('umount')
    expect((await stop(system)).code).toBe(exit.notInstalled)
  })

  test('does not trust an umount that returns 0 while the mount exists', async () => {
    const { system } = await started()
    system.tools.set('umount', () => ({ status: 0, stdout: 'rubbish' }))
    const { code, reasons } = await stop(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      'stop timed out: not finished after 119.5 s, while unmounting /mnt/c0, in use by nothing that /proc shows',
    ])
  })

  test('treats a mount as busy if it still exists after a second umount that returns 0', async () => {
    const { system } = await started()
    addProcess(system, { pid: 51, name: 'shell', cwd: '/mnt/c0' })
    answer(system, 'umount', (args, options, usual) => (system.processes.has(51) ? 0 : usual(args, options)))
    expect((await stop(system)).code).toBe(exit.success)
    expect(umounts(system)).toHaveLength(3)
    expect(system.signals).toEqual(['SIGTERM 51'])
  })

  test.each(['ENOTCONN', 'EACCES', 'ESTALE'])('succeeds when the mount point cannot be resolved (%s)', async code => {
    const { system, table } = await started()
    system.realPath = path => {
      throw errno(code, 'realpath', path)
    }
    system.tools.set('umount', () => {
      table.pop()
      showLife(system, '8:0')
      return 0
    })
    expect((await stop(system)).code).toBe(exit.success)
    expect(pointsOf(table)).toEqual(['/'])
  })

  test('succeeds when another program has unmounted it meanwhile', async () => {
    const { system, table } = await started()
    addProcess(system, { pid: 51, name: 'in-the-directory-below', cwd: '/mnt/c0' })
    system.tools.set('umount', () => {
      table.pop()
      showLife(system, '8:0')
      return { status: 32, stderr: 'umount: /mnt/c0: target is busy.\n' }
    })
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual([])
  })
})

describe('stop of a busy mount', () => {
  test('terminates its users and no other process', async () => {
    const { system } = await started()
    addProcess(system, { pid: 41, name: 'in-root', cwd: '/' })
    addProcess(system, { pid: 42, name: 'near', cwd: '/mnt', files: ['/mnt/c00/file', '/mnt/c0-old'] })
    addProcess(system, { pid: 43, name: 'elsewhere', cwd: '/mnt/c0', namespace: OTHER_NAMESPACE })
    addProcess(system, { pid: 51, name: 'shell', cwd: '/mnt/c0' })
    addProcess(system, { pid: 52, name: 'writer', files: ['/dev/null', '/mnt/c0/deep/file (deleted)'] })
    addProcess(system, { pid: 53, name: 'jail', root: '/mnt/c0/jail' })
    system.put('/proc/net/unix', 'Num RefCount\n0000: 00000002 00000000 00010000 0001 01 7777 /mnt/c0/run/x.sock\n')
    addProcess(system, { pid: 54, name: 'listener', files: ['socket:[7776]', 'socket:[7777]'], cwd: '/mnt/c0' })
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 51', 'SIGTERM 52', 'SIGTERM 53', 'SIGTERM 54'])
  })

  test('does not terminate processes that were in the directory before the mount covered it', async () => {
    const { system } = await started()
    addProcess(system, { pid: 41, name: 'before', cwd: '/mnt/c0', isBeneath: true })
    addProcess(system, { pid: 51, name: 'shell', cwd: '/mnt/c0' })
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 51'])
  })

  test('terminates a user that listens in another network namespace', async () => {
    const { system, table } = await started()
    hold(table)
    const listener = { pid: 51, name: 'listener', files: ['socket:[7777]'], network: 'net:[4026532777]' }
    addProcess(system, { ...listener, ended: () => hold(table, false) })
    addProcess(system, { ...listener, pid: 52, files: ['socket:[7778]'] })
    system.put('/proc/net/unix', 'Num RefCount\n')
    system.put('/proc/51/net/unix', '0000: 00000002 00000000 00010000 0001 01 7777 /mnt/c0/run/x.sock\n')
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 51'])
  })

  test('terminates a user whose first thread has exited before the others', async () => {
    const { system } = await started()
    addProcess(system, { pid: 41, name: 'idle', threads: ['/srv'], isHeadless: true })
    addProcess(system, { pid: 51, name: 'pool', threads: ['/mnt/c0/spool'], isHeadless: true })
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 51'])
  })

  test('terminates a user whose path is too long for the kernel to show', async () => {
    const { system } = await started()
    addProcess(system, { pid: 41, name: 'elsewhere', cwd: '/srv/deep' })
    addProcess(system, { pid: 51, name: 'shell', cwd: '/mnt/c0/deep' })
    const { readLink } = system
    system.readLink = path => {
      if (/^\/proc\/(41|51)\/cwd$/.test(path)) throw errno('ENAMETOOLONG', 'readlink', path)
      return readLink(path)
    }
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 51'])
  })

  test.each([
    ['a mapped file', { maps: ['7f00-7f01 r--s 00000000 08:00 12                         /mnt/c0/map'] }],
    ['a thread with a directory of its own', { threads: ['/mnt/c0/spool'] }],
  ])('finds %s when nothing else is found', async (_, use) => {
    const { system } = await started()
    addProcess(system, { pid: 41, name: 'bystander', maps: ['7f00-7f01 r--s 00000000 08:10 12 /srv/map'] })
    addProcess(system, { pid: 51, name: 'user', ...use })
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 51'])
  })

  test('never follows a link of a process, which might hang', async () => {
    const { system } = await started()
    addProcess(system, { pid: 41, name: 'on-a-dead-server', cwd: '/net/dead', files: ['/net/dead/file'] })
    addProcess(system, { pid: 51, name: 'shell', cwd: '/mnt/c0' })
    const umount = system.tools.get('umount')
    const { stat, realPath, mountId } = system
    const looked: string[] = []
    system.stat = path => {
      looked.push(path)
      return stat(path)
    }
    system.realPath = path => {
      looked.push(path)
      return realPath(path)
    }
    system.mountId = path => {
      if (path.startsWith('/proc/41')) looked.push(path)
      return mountId(path)
    }
    // the kernel itself knows where it is
    system.tools.set('umount', (args, options) => {
      const before = looked.length
      const result = umount?.(args, options) ?? 1
      looked.splice(before)
      return result
    })
    await stop(system)
    expect(system.signals).toEqual(['SIGTERM 51'])
    expect(looked.filter(path => /^\/(proc\/\d|net)/.test(path))).toEqual([])
  })

  test('behind a symbolic link terminates its users', async () => {
    const { system, table } = stoppedWithLink()
    await start(system)
    addProcess(system, { pid: 51, name: 'shell', cwd: '/srv/c0' })
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 51'])
    expect(pointsOf(table)).toEqual(['/'])
  })

  test.each([
    'safe',
    'no',
  ])('terminates no user of another file system that is mounted on it, and names them (force_unmount=%s)', async force_unmount => {
    const { system, table } = await started()
    table.push({ ...other, mountPoint: '/mnt/c0/below' })
    addProcess(system, { pid: 51, name: 'database', cwd: '/mnt/c0/below' })
    const { code, reasons } = await stop(system, { force_unmount })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(/while unmounting \/mnt\/c0\/below, in use by database \(pid 51, cwd\)$/),
    ])
    expect(system.signals).toEqual([])
  })

  test('terminates them before it would fail, in the second half of its time', async () => {
    const { system, table } = await started()
    table.push({ ...other, mountPoint: '/mnt/c0/below' })
    addProcess(system, { pid: 51, name: 'database', cwd: '/mnt/c0/below', endsBy: ['SIGKILL'] })
    const begun = system.now()
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.now() - begun).toBeGreaterThan(59_000)
    expect(system.signals).toEqual(['SIGTERM 51', 'SIGKILL 51'])
    expect(pointsOf(table)).toEqual(['/'])
  })

  test.each([
    'yes',
    'safe',
    'true',
  ])('kills those that ignore SIGTERM after the grace period (force_unmount=%s)', async force_unmount => {
    const { system } = await started()
    addProcess(system, { pid: 51, name: 'stubborn', cwd: '/mnt/c0', endsBy: ['SIGKILL'] })
    const begun = system.now()
    expect((await stop(system, { force_unmount })).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 51', 'SIGKILL 51'])
    expect(system.now() - begun).toBeGreaterThanOrEqual(5000)
    expect(system.now() - begun).toBeLessThan(8000)
  })

  test.each([
    'no',
    'false',
  ])('terminates no process and waits for the users (force_unmount=%s)', async force_unmount => {
    const { system } = await started()
    const backup = { pid: 51, name: 'backup', cwd: '/mnt/c0' }
    addProcess(system, backup)
    setTimeout(() => endProcess(system, backup), 20_000)
    expect((await stop(system, { force_unmount })).code).toBe(exit.success)
    expect(system.signals).toEqual([])
  })

  test('terminates its users even if the node has no free process for umount', async () => {
    const { system } = await started()
    addProcess(system, { pid: 41, name: 'many', cwd: '/mnt/c0' })
    const { run } = system
    system.run = async (tool, args, options) =>
      system.signals.length === 0
        ? { command: tool.name, status: undefined, isUnstarted: true, stdout: '', stderr: 'spawn umount EAGAIN' }
        : run(tool, args, options)
    expect(await stop(system)).toMatchObject({ code: exit.success, reasons: [] })
    expect(system.signals[0]).toContain('41')
  })

  test('fails before the timeout and names the users', async () => {
    const { system } = await started()
    addProcess(system, { pid: 51, name: 'in-d-state', cwd: '/mnt/c0', endsBy: [] })
    const { code, reasons } = await stop(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      'stop timed out: not finished after 119.5 s, while unmounting /mnt/c0, in use by in-d-state (pid 51, cwd)',
    ])
  })

  test('reports that nothing is visible, or what the kernel itself uses', async () => {
    const { system, table } = await started()
    addProcess(system, { pid: 41, name: 'bystander' })
    hold(table)
    expect((await stop(system)).reasons).toEqual([expect.stringMatching(/in use by nothing that \/proc shows$/)])
    system.put('/proc/swaps', 'Filename Type Size Used Priority\n/mnt/c0/swap file 1 0 -2\n')
    system.put('/sys/block/loop3/loop/backing_file', '/mnt/c0/image\n')
    system.put('/sys/kernel/config/target/core/fileio_1/x/udev_path', '/mnt/c0/lun\n')
    system.put('/proc/fs/nfsd/exports', '# Version 1.1\n/mnt/c0/a\\040b\t192.0.2.0/24(rw)\n')
    expect((await stop(system)).reasons).toEqual([
      expect.stringContaining(
        'in use by swap file /mnt/c0/swap (swapoff /mnt/c0/swap), loop device loop3 on /mnt/c0/image (losetup -d /dev/loop3), ' +
          'LIO backstore fileio_1/x on /mnt/c0/lun, NFS export /mnt/c0/a b (exportfs -u)',
      ),
    ])
  })

  test('does not signal a process that has since received the pid of a user', async () => {
    const { system } = await started()
    addProcess(system, { pid: 51, name: 'user', cwd: '/mnt/c0', startTime: '100' })
    const { read } = system
    let startTime = 100
    system.read = path => {
      if (path !== '/proc/51/stat') return read(path)
      startTime += 1
      return read(path).replace('100 0 0', `${startTime} 0 0`)
    }
    await stop(system)
    expect(system.signals).toEqual([])
  })

  test('never signals itself, its ancestors, or the first process', async () => {
    const { system } = await started()
    addProcess(system, { pid: 1, name: 'init', cwd: '/mnt/c0' })
    addProcess(system, { pid: 998, name: 'shell', cwd: '/mnt/c0' })
    addProcess(system, { pid: 999, name: 'crm_resource', cwd: '/mnt/c0', parent: 998 })
    addProcess(system, { pid: AGENT_PID, name: 'agent', cwd: '/mnt/c0', parent: 999 })
    const { reasons } = await stop(system)
    expect(system.signals).toEqual([])
    expect(reasons).toEqual([expect.stringMatching(/in use by init \(pid 1, cwd\), .*shell \(pid 998, cwd\)/)])
  })

  test('keeps up with users that are started faster than they are killed', async () => {
    const { system } = await started()
    let pid = 100
    const spawn = () => {
      pid += 1
      addProcess(system, { pid, name: 'respawned', cwd: '/mnt/c0', startTime: String(pid), ended: spawnSoon })
    }
    // a shell in a loop: the next one comes before an umount that is started after the end of this
    const spawnSoon = () => setTimeout(spawn, 15)
    spawn()
    const umount = system.tools.get('umount')
    system.tools.set('umount', async (args, options) => {
      await new Promise(resolve => setTimeout(resolve, 50))
      return (await umount?.(args, options)) ?? 1
    })
    expect((await callAndWait('stop', system)).code).toBe(exit.success)
    expect(system.signals.at(-1)).toMatch(/^SIGKILL /)
  })

  test.each([
    ['is missing', undefined],
    ['hangs', hangs],
    ['prints rubbish', () => ({ status: 2, stdout: '/proc/1/maps/x\nrubbish\n/proc/51' })],
  ])('continues until the deadline when the search for mapped files %s', async (_, grep) => {
    const { system } = await started()
    addProcess(system, { pid: 51, name: 'user', maps: ['7f00-7f01 r--s 00000000 08:00 12 /mnt/c0/map'] })
    if (grep) system.tools.set('grep', grep)
    else system.tools.delete('grep')
    const { code, reasons } = await callAndWait('stop', system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(/^stop timed out: not finished after 119.5 s, while unmounting \/mnt\/c0/),
    ])
    expect(system.signals).toEqual([])
  })
})

describe('stop with another mount namespace', () => {
  async function shared() {
    const made = await started()
    const { system } = made
    const theirs = addNamespace(system, OTHER_NAMESPACE)
    const copy: FakeMount = { ...other, device: '8:0', source: '/dev/sda', fileSystem: 'ext3' }
    theirs.push(copy)
    return { ...made, theirs, copy }
  }

  test('also unmounts it there, although our own mount table does not show it', async () => {
    const { system, theirs } = await shared()
    addProcess(system, { pid: 61, name: 'service', namespace: OTHER_NAMESPACE })
    expect((await stop(system)).code).toBe(exit.success)
    expect(umounts(system)).toEqual([
      ['--', '/mnt/c0'],
      ['--namespace', '61', '--', '/mnt/c0'],
    ])
    expect(pointsOf(theirs)).toEqual(['/'])
    expect(system.signals).toEqual([])
  })

  test('terminates its users there', async () => {
    const { system } = await shared()
    addProcess(system, { pid: 61, name: 'idle', namespace: OTHER_NAMESPACE })
    addProcess(system, { pid: 62, name: 'service', cwd: '/mnt/c0', namespace: OTHER_NAMESPACE })
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 62'])
  })

  test('whose processes have another root finds it through that root', async () => {
    const { system, theirs } = await shared()
    theirs.splice(1)
    theirs.push({ ...other, device: '8:0', mountPoint: '/box/data' })
    addProcess(system, { pid: 61, name: 'boxed', root: '/box', cwd: '/box/data', namespace: OTHER_NAMESPACE })
    const inside = theirs.slice(1).map(mount => ({ ...mount, mountPoint: mount.mountPoint.replace('/box', '') }))
    system.put('/proc/61/mountinfo', mountInfoText(inside))
    addProcess(system, { pid: 62, name: 'idle', namespace: OTHER_NAMESPACE })
    system.take('/proc/62/mountinfo')
    await stop(system)
    expect(umounts(system)[1]).toEqual(['--namespace', '61', '--', '/box/data'])
  })

  test('from which it cannot be unmounted terminates all processes in it, if force_unmount=yes', async () => {
    const { system, theirs, copy } = await shared()
    copy.isLocked = true
    const leave = () => {
      theirs.length = 0
      showLife(system, '8:0')
    }
    addProcess(system, { pid: 61, name: 'container', namespace: OTHER_NAMESPACE, ended: leave })
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 61'])
  })

  test.each([
    'safe',
    'no',
  ])('from which it cannot be unmounted names the processes in it (force_unmount=%s)', async force_unmount => {
    const { system, copy } = await shared()
    copy.isLocked = true
    addProcess(system, { pid: 61, name: 'container', namespace: OTHER_NAMESPACE })
    const { code, reasons } = await stop(system, { force_unmount })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(
        /^a namespace keeps it mounted: set force_unmount=yes, or stop container \(pid 61, its mount namespace\): .*: not mounted\.$/,
      ),
    ])
    expect(system.signals).toEqual([])
  })

  test.each([
    ['fails for another reason', { status: 2, stderr: 'umount: out of memory\n' }],
    ['does not find the path', { status: 32, stderr: 'umount: /tmp/a: no mount point specified.\n' }],
    ['says that it is busy, and no process has it open', { status: 32, stderr: 'umount: target is busy.\n' }],
    ['says that it is done', 0],
  ])('where umount %s terminates all processes in it after the grace', async (_, outcome) => {
    const { system, theirs } = await shared()
    const leave = () => {
      theirs.length = 0
      showLife(system, '8:0')
    }
    const begun = system.now()
    addProcess(system, { pid: 61, name: 'container', namespace: OTHER_NAMESPACE, endsBy: ['SIGKILL'], ended: leave })
    addProcess(system, { pid: 62, name: 'bystander' })
    answer(system, 'umount --namespace', () => outcome)
    expect((await stop(system)).code).toBe(exit.success)
    expect([...new Set(system.signals)]).toEqual(['SIGTERM 61', 'SIGKILL 61'])
    expect(system.now() - begun).toBeGreaterThan(9000)
    expect(system.now() - begun).toBeLessThan(20_000)
  })

  test.each([
    'safe',
    'no',
  ])('where umount fails for another reason names its processes (force_unmount=%s)', async force => {
    const { system } = await shared()
    addProcess(system, { pid: 61, name: 'container', namespace: OTHER_NAMESPACE })
    answer(system, 'umount --namespace', () => ({ status: 2, stderr: 'umount: out of memory\n' }))
    const { code, reasons } = await stop(system, { force_unmount: force })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(
        /or stop container \(pid 61, its mount namespace\): .* \(system error\): umount: out of memory$/,
      ),
    ])
    expect(system.signals).toEqual([])
  })

  test('whose users mount it again as fast as it is unmounted terminates them', async () => {
    const { system, theirs, copy } = await shared()
    const leave = () => {
      theirs.length = 0
      showLife(system, '8:0')
    }
    addProcess(system, { pid: 61, name: 'container', namespace: OTHER_NAMESPACE, ended: leave })
    const umount = system.tools.get('umount')
    system.tools.set('umount', async (args, options) => {
      await system.sleep(20)
      const result = (await umount?.(args, options)) ?? 1
      if (system.processes.has(61) && args.includes('--namespace')) theirs.push({ ...copy })
      showLife(system, '8:0')
      return result
    })
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 61'])
  })

  test('in which it is hidden below another mount, or at a path that is not UTF-8, removes it', async () => {
    const { system, theirs, copy } = await shared()
    theirs.splice(1)
    theirs.push({ ...copy, mountPoint: '/tmp/caf\udce9' }, { ...copy, mountPoint: '/tmp/a/b' })
    theirs.push({ ...other, device: '0:42', source: 'tmpfs', mountPoint: '/tmp/a', fileSystem: 'tmpfs' })
    const leave = () => {
      theirs.length = 0
      showLife(system, '8:0')
    }
    addProcess(system, { pid: 61, name: 'container', namespace: OTHER_NAMESPACE, ended: leave })
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 61'])
  })
})

test('a stop names the mount below which an administrator has hidden it', async () => {
  const { system, table } = await started()
  table.push({ ...other, device: '0:42', source: 'tmpfs', mountPoint: '/mnt', fileSystem: 'tmpfs' })
  expect((await stop(system)).reasons).toEqual(['the mount on /mnt/c0 is hidden by tmpfs on /mnt: umount /mnt'])
  expect(system.commands.map(([tool]) => tool)).toEqual(['umount'])
})

test('a stop unmounts it at a path that is not UTF-8', async () => {
  const { system, table } = await started()
  table.push({ ...other, device: '8:0', source: '/dev/sda', mountPoint: '/srv/caf\udce9' })
  expect((await stop(system)).code).toBe(exit.success)
  expect(umounts(system)).toEqual([
    ['--', '/srv/caf\udce9'],
    ['--', '/mnt/c0'],
  ])
})
