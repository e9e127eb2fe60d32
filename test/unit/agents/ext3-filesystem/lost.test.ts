import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { started, stop } from '../../../fake/nodes/ext3-filesystem.ts'
import { detach } from '../../../fake/proc/mounts.ts'
import { addProcess, type FakeProcess } from '../../../fake/proc/processes.ts'
import type { FakeSystem } from '../../../fake/system.ts'
import { link } from '../../../fake/tree.ts'
import { opening } from './opening.ts'

/*
 * The last mount was detached (umount -l), and something uses the file system that no link, table or number in /proc shows.
 */

const IO_URING = 'anon_inode:[io_uring]'
const SOCKET = 'socket:[77]'
const OPEN = '2 0x1234 0x1 0x0 0x0 0x0 0x0 0x7ffd 0x7f7f\n'
const timeout = { OCF_RESKEY_CRM_meta_timeout: '20000' }

/** A node whose file system is in use by a process, 51, until that ends. */
async function detached(process: Partial<FakeProcess> = {}) {
  const { system, table } = await started()
  const mount = table.at(-1)
  if (mount === undefined) throw new Error('it is not mounted')
  const ended = detach(system, table, mount)
  addProcess(system, { pid: 50, name: 'bystander', files: ['/srv/file', 'socket:[78]'] })
  addProcess(system, { pid: 51, name: 'user', ...process, ended })
  return system
}

const bind = (system: FakeSystem, path: string) =>
  system.put('/proc/net/unix', `Num RefCount\n0000: 00000002 00000000 00010000 0001 01 77 ${path}\n`)
const CONTEXT = 'anon_inode:[fscontext]'
const UNINHABITED = 'mnt:[4026539999]'
/** A descriptor of a thread, 52, which has files of its own. */
const openInThread = (system: FakeSystem, target: string, info = '') => {
  system.put('/proc/51/task/52/fd/7', link(target))
  system.put('/proc/51/task/52/fdinfo/7', info)
}
const register = (system: FakeSystem, path: string) =>
  system.put('/proc/51/fdinfo/0', `pos:\t0\nUserFiles:\t1\n    0: ${path}\nUserBufs:\t0\n`)
const waiting = (system: FakeSystem, call: string) => {
  for (const home of ['/proc/51', '/proc/51/task/51']) system.put(`${home}/syscall`, call)
}
const send = (system: FakeSystem) => system.put('/proc/51/fdinfo/0', 'pos:\t0\nscm_fds: 1\n')

const CASES: readonly (readonly [string, string, Partial<FakeProcess>, (system: FakeSystem) => void])[] = [
  ['has a file mapped', 'a mapped file', { maps: ['7f00-7f01 rw-s 00000000 08:00 12   /file'] }, () => {}],
  ['has a socket bound to a name on it', 'fd/0', { files: [SOCKET] }, system => bind(system, '/mnt/c0/run/socket')],
  ['opens a FIFO on it', 'a FIFO that it opens', {}, system => opening(system, '/mnt/c0/fifo', OPEN)],
]

/** These may be others'. */
const GUESSES: readonly (readonly [string, string, Partial<FakeProcess>, (system: FakeSystem) => void])[] = [
  ['has a file in an io_uring', 'a file of io_uring fd/0', { files: [IO_URING] }, system => register(system, '/file')],
  ['has files in flight', 'files in flight in socket fd/0', { files: [SOCKET] }, send],
  [
    'waits in a call on a file that it has closed',
    'a call on fd/5, which was closed',
    {},
    system => waiting(system, '0 0x5 0x7f00 0x1 0x0 0x0 0x0 0x7ffd 0x7f7f\n'),
  ],
  [
    'locks a file that it has closed (half of a register counts)',
    'a call on fd/7, which was closed',
    { files: ['/etc/fstab'] },
    system => waiting(system, '73 0xffffffff00000007 0x2 0x0 0x0 0x0 0x0 0x7ffd 0x7f7f\n'),
  ],
  [
    'copies to a file that it has closed',
    'a call on fd/6, which was closed',
    { files: ['/etc/fstab'] },
    system => waiting(system, '275 0x0 0x0 0x6 0x0 0x1000 0x0 0x7ffd 0x7f7f\n'),
  ],
  ['has a mount context (fspick)', 'mount context fd/0', { files: [CONTEXT] }, () => {}],
  [
    'has the last descriptor of a mount namespace',
    'mount namespace fd/0, which has no process',
    { files: [UNINHABITED] },
    () => {},
  ],
  [
    'has a thread with files in flight',
    'files in flight in socket fd/7',
    { threads: ['/'] },
    system => openInThread(system, SOCKET, 'pos:\t0\nscm_fds: 1\n'),
  ],
  [
    'has a thread with a mount context',
    'mount context fd/7',
    { threads: ['/'] },
    system => openInThread(system, CONTEXT),
  ],
  [
    'has a thread with a file in an io_uring',
    'a file of io_uring fd/7',
    { threads: ['/'] },
    system => openInThread(system, IO_URING, 'pos:\t0\nUserFiles:\t1\n    0: /file\nUserBufs:\t0\n'),
  ],
]

describe('a stop after the last mount was detached', () => {
  test.each([...CASES, ...GUESSES])('terminates the process that %s (%s)', async (_, uses, process, prepare) => {
    const system = await detached(process)
    prepare(system)
    const { code, stderr } = await stop(system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain(`sending SIGTERM to user (pid 51, ${uses})`)
    expect(system.signals).toEqual(['SIGTERM 51'])
  })

  test.each(GUESSES)('with force_unmount=safe only names the process that %s', async (_, uses, process, prepare) => {
    const system = await detached(process)
    prepare(system)
    const { reasons } = await stop(system, { force_unmount: 'safe' }, timeout)
    expect(reasons).toEqual([expect.stringContaining(`perhaps in use by user (pid 51, ${uses})`)])
    expect(system.signals).toEqual([])
  })

  test.each(CASES)('with force_unmount=no names the process that %s', async (_, uses, process, prepare) => {
    const system = await detached(process)
    prepare(system)
    const { reasons } = await stop(system, { force_unmount: 'no' }, timeout)
    expect(reasons).toEqual([expect.stringContaining(`unmounted but in use by user (pid 51, ${uses})`)])
    expect(system.signals).toEqual([])
  })

  test.each<[string, Partial<FakeProcess>, (system: FakeSystem) => void]>([
    ['has a socket elsewhere', { files: [SOCKET] }, system => bind(system, '/run/socket')],
    [
      'has a socket that is there',
      { files: [SOCKET] },
      system => {
        bind(system, '/mnt/c0/socket')
        system.put('/mnt/c0/socket', '')
      },
    ],
    ['opens a FIFO elsewhere', {}, system => opening(system, '/srv/fifo', OPEN)],
    ['opens a FIFO that is there', {}, system => opening(system, '/mnt/c0/fifo', OPEN, '8:99')],
    ['has a file in an io_uring that is there', { files: [IO_URING] }, system => register(system, '/etc/fstab')],
    ['has the descriptor of a namespace with processes', { files: ['mnt:[4026531841]'] }, () => {}],
    [
      'waits in a call on a file that is open',
      { files: ['/etc/fstab'] },
      system => waiting(system, '0 0x0 0x7f00 0x1 0x0 0x0 0x0 0x7ffd 0x7f7f\n'),
    ],
    [
      'reads a socket that it has closed',
      {},
      system => {
        waiting(system, '0 0x5 0x7f00 0x1 0x0 0x0 0x0 0x7ffd 0x7f7f\n')
        for (const home of ['/proc/51', '/proc/51/task/51']) system.put(`${home}/wchan`, 'unix_stream_read_generic')
      },
    ],
    ['runs', {}, system => waiting(system, 'running\n')],
    ['sleeps outside of a call', {}, system => waiting(system, '-1 0x7ffd 0x7f7f\n')],
    [
      'is the kernel (which shows a read of descriptor 0)',
      {},
      system => {
        waiting(system, '0 0x0 0x0 0x0 0x0 0x0 0x0 0x0 0x0\n')
        for (const home of ['/proc/51', '/proc/51/task/51']) system.take(`${home}/exe`)
      },
    ],
    ['has no file in its io_uring', { files: [IO_URING] }, system => register(system, '<none>')],
    ['has received what was in flight', { files: [SOCKET] }, system => system.put('/proc/51/fdinfo/0', 'scm_fds: 0\n')],
  ])('does not terminate the process that %s', async (_, process, prepare) => {
    const system = await detached(process)
    system.put('/etc/fstab', '')
    prepare(system)
    const { reasons } = await stop(system, {}, timeout)
    expect(reasons).toEqual([expect.stringContaining('unmounted but being written out, or held by')])
    expect(system.signals).toEqual([])
  })

  test.each([
    ['/sys/class/block/sda/inflight', () => '       0        3\n'],
    ['/sys/class/block/sda/stat', (system: FakeSystem) => `${system.now()} 0 0 0\n`],
  ])('guesses nothing while the file system is being written out (%s)', async (path, text) => {
    const system = await detached({ files: [SOCKET] })
    send(system)
    const { read } = system
    system.read = name => (name === path ? text(system) : read(name))
    await stop(system, {}, timeout)
    expect(system.signals).toEqual([])
  })
})
