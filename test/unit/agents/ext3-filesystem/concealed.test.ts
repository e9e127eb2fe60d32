import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { started, stop } from '../../../fake/nodes/ext3-filesystem.ts'
import type { FakeMount } from '../../../fake/proc/mounts.ts'
import { addProcess, type FakeProcess } from '../../../fake/proc/processes.ts'
import { opening } from './opening.ts'

const IO_URING = 'anon_inode:[io_uring]'
const SOCKET = 'socket:[77]'
const timeout = { OCF_RESKEY_CRM_meta_timeout: '20000' }

/** A node whose mount is busy by a process that no link in /proc shows as its user, until it ends. */
async function busy(process: Partial<Pick<FakeProcess, 'name' | 'files'>> = {}) {
  const { system, table } = await started()
  const mount: FakeMount | undefined = table.at(-1)
  if (mount) mount.isHeld = true
  const ended = () => {
    if (mount) mount.isHeld = false
  }
  addProcess(system, { pid: 50, name: 'bystander', files: ['/srv/file', SOCKET] })
  addProcess(system, { pid: 51, name: 'user', ...process, ended })
  return { system }
}

describe('a stop finds and terminates the process that', () => {
  test('has a file of it registered with an io_uring', async () => {
    const { system } = await busy({ files: [IO_URING] })
    // Linux 6.18
    system.put(
      '/proc/51/fdinfo/0',
      'pos:\t0\nmnt_id:\t15\nSqMask:\t0x3\nUserFiles:\t2\n    0: <none>\n    1: /mnt/c0/a\\040b\nUserBufs:\t0\n',
    )
    const { code, stderr } = await stop(system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('sending SIGTERM to user (pid 51, a file of io_uring fd/0)')
    expect(system.signals).toEqual(['SIGTERM 51'])
  })

  test.each([
    ['openat(2)', '/mnt/c0/fifo', '257 0xffffff9c 0x1234 0x80241 0x1b6 0x0 0x0 0x7ffd9f806980 0x7f7f0a116011\n'],
    ['open(2)', '/mnt/c0/fifo', '2 0x1234 0x1 0x0 0x0 0x0 0x0 0x7ffd 0x7f7f\n'],
    ['openat(2), relative', 'fifo', '257 0xffffff9c 0x1234 0x1 0x0 0x0 0x0 0x7ffd 0x7f7f\n'],
    ['openat2(2), from a directory', 'fifo', '437 0x3 0x1234 0x1 0x0 0x0 0x0 0x7ffd 0x7f7f\n'],
  ])('waits in %s for the other end of a FIFO', async (_, path, call) => {
    const { system } = await busy()
    opening(system, path, call, '8:0')
    const { code, stderr } = await stop(system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('user (pid 51, a FIFO that it opens)')
    expect(system.signals).toEqual(['SIGTERM 51'])
  })

  test('has had files in flight in a socket for a while, if nothing else is found', async () => {
    const { system } = await busy({ files: [SOCKET] })
    system.put('/proc/51/fdinfo/0', 'pos:\t0\nmnt_id:\t10\nino:\t77\nscm_fds: 1\n')
    const { code, stderr } = await stop(system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('user (pid 51, files in flight in socket fd/0)')
    expect(system.signals).toEqual(['SIGTERM 51'])
  })
})

describe('a stop leaves the process alone that', () => {
  test.each([
    'safe',
    'no',
  ])('has files in flight, which may be on another file system, with force_unmount=%s, and names it', async force_unmount => {
    const { system } = await busy({ files: [SOCKET] })
    system.put('/proc/51/fdinfo/0', 'scm_fds: 3\n')
    const { reasons } = await stop(system, { force_unmount }, timeout)
    expect(reasons).toEqual([
      expect.stringContaining('perhaps in use by user (pid 51, files in flight in socket fd/0)'),
    ])
    expect(system.signals).toEqual([])
  })

  test('belongs to the cluster and has files in flight; one with only its name, or its unit, is terminated', async () => {
    const terminated = async (name: string, unit: string) => {
      const { system } = await busy({ name, files: [SOCKET] })
      system.put('/proc/51/fdinfo/0', 'scm_fds: 1\n')
      system.put('/proc/51/cgroup', `0::/system.slice/${unit}\n`)
      await stop(system, {}, timeout)
      return system.signals.length > 0
    }
    expect(await terminated('corosync', 'corosync.service')).toBe(false)
    expect(await terminated('pacemaker-contr', 'pacemaker.service')).toBe(false)
    expect(await terminated('corosync', 'user.slice/user-1000.slice')).toBe(true)
    expect(await terminated('mariadbd', 'pacemaker.service')).toBe(true)
  })

  test('has foreign files in an io_uring, opens a FIFO elsewhere, or has no files in flight', async () => {
    const { system } = await busy({ files: [IO_URING, SOCKET] })
    system.put('/proc/51/fdinfo/0', 'UserFiles:\t1\n    0: /mnt/c00/a\n')
    system.put('/proc/51/fdinfo/1', 'scm_fds: 0\n')
    opening(system, '/srv/fifo', '2 0x1234 0x1 0x0 0x0 0x0 0x0 0x7ffd 0x7f7f\n', '8:0')
    expect((await stop(system, {}, timeout)).reasons).toEqual([expect.stringContaining('nothing that /proc shows')])
    expect(system.signals).toEqual([])
  })

  test.each([
    'running\n',
    '',
    '-1 0x0 0x0\n',
    '0 0x1234\n',
    '257 0xffffff9c 0xffffffffffffffff\n',
    '257\n',
    'x y z\n',
  ])('has %j as its system call', async call => {
    const { system } = await busy()
    opening(system, '/mnt/c0/fifo', call, '8:0')
    await stop(system, {}, timeout)
    expect(system.signals).toEqual([])
  })

  test('had files in flight that have been received since', async () => {
    const { system } = await busy({ files: [SOCKET] })
    let reads = 0
    const { read } = system
    system.read = path => {
      if (path !== '/proc/51/fdinfo/0') return read(path)
      reads += 1
      return reads % 2 === 1 ? 'scm_fds: 1\n' : 'scm_fds: 0\n'
    }
    await stop(system, {}, timeout)
    expect(reads).toBeGreaterThan(2)
    expect(system.signals).toEqual([])
  })
})
