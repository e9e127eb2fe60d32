import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { started, stop } from '../../../fake/nodes/ext3-filesystem.ts'
import { addNamespace, addProcess, endProcess, type FakeProcess } from '../../../fake/proc/processes.ts'
import type { FakeSystem } from '../../../fake/system.ts'

const CONTAINER = 'mnt:[4026532999]'
const user: FakeProcess = { pid: 51, name: 'user', cwd: '/mnt/c0', endsBy: [] }
const timeout = { OCF_RESKEY_CRM_meta_timeout: '30000' }

/** A node with a user of the file system that no signal ends; `release` ends it. */
async function survivor(status: string) {
  const { system, table } = await started()
  addProcess(system, user)
  for (const home of ['/proc/51', '/proc/51/task/51']) system.put(`${home}/status`, status)
  return { system, table, release: () => endProcess(system, user) }
}

/** Calls back when a file is written. */
function onWrite(system: FakeSystem, path: string, act: () => void): void {
  const { write } = system
  system.write = async (name, text, options) => {
    await write(name, text, options)
    if (name === path) act()
  }
}

describe('a stop whose killed user does not end', () => {
  test('because it is traced kills the tracer, even if that is a thread', async () => {
    const { system, release } = await survivor('State:\tt (tracing stop)\nTracerPid:\t71\n')
    addProcess(system, { pid: 70, name: 'tracer', threads: ['/'], endsBy: ['SIGKILL'], ended: release })
    system.put('/proc/71/status', 'Tgid:\t70\n')
    const { code, stderr } = await stop(system, {}, timeout)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('user (pid 51) was killed, but is traced: sending SIGKILL to tracer (pid 70)')
    expect(system.signals).toContain('SIGKILL 70')
    expect(system.signals.indexOf('SIGKILL 70')).toBeGreaterThan(system.signals.indexOf('SIGKILL 51'))
  })

  test.each(['safe', 'no'])('does not kill its tracer with force_unmount=%s', async force => {
    const { system } = await survivor('State:\tt (tracing stop)\nTracerPid:\t70\n')
    addProcess(system, { pid: 70, name: 'tracer' })
    system.put('/proc/70/status', 'Tgid:\t70\n')
    await stop(system, { force_unmount: force }, timeout)
    expect(system.signals.filter(signal => signal.endsWith(' 70'))).toEqual([])
  })

  test('in a frozen control group of version 1 thaws the group and those above it', async () => {
    const { system, table, release } = await survivor('State:\tD (disk sleep)\nTracerPid:\t0\n')
    const group = { device: '0:33', mountPoint: '/sys/fs/cgroup/freezer', fileSystem: 'cgroup', source: 'cgroup' }
    table.push({ ...group, options: 'rw', superOptions: 'rw,freezer' })
    system.put('/proc/51/cgroup', '7:freezer:/jail/c0\n0::/user.slice\n')
    system.put('/sys/fs/cgroup/freezer/jail/freezer.state', 'FROZEN\n')
    system.put('/sys/fs/cgroup/freezer/jail/c0/freezer.state', 'FROZEN\n')
    onWrite(system, '/sys/fs/cgroup/freezer/jail/c0/freezer.state', release)
    expect((await stop(system, {}, timeout)).code).toBe(exit.success)
    expect(system.read('/sys/fs/cgroup/freezer/jail/freezer.state')).toBe('THAWED')
  })
})

describe('a stop whose killed user waits for a server in user space', () => {
  const abort = '/sys/fs/fuse/connections/50/abort'
  const fuse = { device: '0:50', source: 'f', mountPoint: '/srv/f', fileSystem: 'fuse', options: 'rw' }

  async function waiting({ wchan = 'request_wait_answer', namespace = '', userId = 0, requests = 1, state = 'D' }) {
    const { system, table, release } = await survivor(`State:\t${state} (disk sleep)\nTracerPid:\t0\n`)
    const mount = { ...fuse, superOptions: `rw,user_id=${userId},group_id=0` }
    if (namespace === '') table.push(mount)
    else {
      addNamespace(system, namespace).push(mount)
      addProcess(system, { pid: 80, name: 'server', namespace })
    }
    system.put('/proc/51/task/51/wchan', wchan)
    system.put(abort, '')
    system.put('/sys/fs/fuse/connections/50/waiting', `${requests}\n`)
    onWrite(system, abort, release)
    return system
  }

  test.each([
    ['in a call to it', {}],
    ['for another process that waits in one, to a user’s server', { wchan: 'rwsem_down_write_slowpath', userId: 1000 }],
    ['for another process, to a server in a container', { wchan: 'rwsem_down_write_slowpath', namespace: CONTAINER }],
  ])('%s ends the connection', async (_, how) => {
    const system = await waiting(how)
    const { code, stderr } = await stop(system, {}, timeout)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('user (pid 51) was killed, but waits for the server of a file system (FUSE)')
    expect(system.read(abort)).toBe('1')
  })

  test.each([
    ['has answered everything', { requests: 0 }],
    ['is not waited for', { state: 'S' }],
    ['is root’s, and the process waits for something else', { wchan: 'io_schedule' }],
  ])('does not end a connection whose server %s', async (_, how) => {
    const system = await waiting(how)
    expect((await stop(system, {}, timeout)).code).toBe(exit.genericError)
    expect(system.read(abort)).toBe('')
  })
})
