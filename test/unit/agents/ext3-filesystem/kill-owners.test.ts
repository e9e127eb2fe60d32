import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { started, stop } from '../../../fake/nodes/ext3-filesystem.ts'
import { addProcess } from '../../../fake/proc/processes.ts'
import type { FakeSystem } from '../../../fake/system.ts'

/*
 * A process that uses the file system and replaces itself (fork and exit) faster than /proc is read: no signal to a single process
 * reaches it. It ends when its user's processes are all killed at once.
 */

const timeout = { OCF_RESKEY_CRM_meta_timeout: '40000' }

const kills = (system: FakeSystem) => system.commands.filter(([tool]) => tool === 'setpriv')
const killOf = (uid: number) => ['setpriv', `--reuid=${uid}`, '--clear-groups', 'kill', '-KILL', '--', '-1']

/** A node with such a process of a user; each listing of /proc shows it with another number. */
async function withComet(uid: number) {
  const { system, table } = await started()
  const mount = table.at(-1)
  if (mount) mount.isHeld = true
  const { list, read } = system
  let pid = 20_000
  let isAlive = true
  system.list = path => {
    if (path !== '/proc' || !isAlive) return list(path)
    pid += 1
    return [...list(path), String(pid)]
  }
  system.read = path => (path === `/proc/${pid}/status` && isAlive ? `Name:\tx\nUid:\t${uid}\t0\t0\t0\n` : read(path))
  system.tools.set('setpriv', ([user]) => {
    if (user !== `--reuid=${uid}`) return { status: 1, stderr: 'kill: (-1): No such process' }
    isAlive = false
    if (mount) mount.isHeld = false
    return 0
  })
  return { system, mount }
}

describe('a stop while a process replaces itself', () => {
  test.each([1000, 65_534, 100_000])('kills all processes of user %i at once, in its second half', async uid => {
    const { system } = await withComet(uid)
    const begun = system.now()
    const { code, stderr } = await stop(system, {}, timeout)
    expect(code).toBe(exit.success)
    expect(stderr).toContain(`/mnt/c0 is still in use: sending SIGKILL to all processes of user ${uid}`)
    expect(kills(system)).toEqual([killOf(uid)])
    expect(system.now() - begun).toBeGreaterThan(19_000)
  })

  test.each([0, 33])('kills nothing of root, or of a service of which nothing is known (user %i)', async uid => {
    const { system } = await withComet(uid)
    expect((await stop(system, {}, timeout)).code).toBe(exit.genericError)
    expect(kills(system)).toEqual([])
  })

  test.each(['safe', 'no'])('kills nothing with force_unmount=%s', async force_unmount => {
    const { system } = await withComet(1000)
    expect((await stop(system, { force_unmount }, timeout)).code).toBe(exit.genericError)
    expect(kills(system)).toEqual([])
  })
})

test('a stop that waits for the kernel, such as for a swap file, kills nothing', async () => {
  const { system } = await withComet(1000)
  system.put('/proc/swaps', 'Filename Type Size Used Priority\n/mnt/c0/swap file 1020 0 -2\n')
  expect((await stop(system, {}, timeout)).reasons).toEqual([expect.stringContaining('swap file')])
  expect(kills(system)).toEqual([])
})

describe('a stop while killed processes are followed by new ones', () => {
  /** A service's processes, each of which is followed by another one until all are killed at once. */
  async function restarted(uid: number) {
    const { system } = await started()
    let isOver = false
    const add = (pid: number): void => {
      addProcess(system, { pid, name: 'worker', cwd: '/mnt/c0', ended: () => isOver || add(pid + 1) })
      system.put(`/proc/${pid}/status`, `Name:\tworker\nUid:\t${uid}\t0\t0\t0\n`)
    }
    add(51)
    system.tools.set('setpriv', () => {
      isOver = true
      for (const end of [...system.processes.values()]) end('SIGKILL')
      return 0
    })
    return system
  }

  test('kills all processes of the service at once', async () => {
    const system = await restarted(33)
    expect((await stop(system, {}, timeout)).code).toBe(exit.success)
    expect(kills(system)[0]).toEqual(killOf(33))
  })

  test('spares root', async () => {
    const system = await restarted(0)
    await stop(system, {}, timeout)
    expect(kills(system)).toEqual([])
  })

  test("spares a user whom one of the cluster's daemons belongs to", async () => {
    const system = await restarted(107)
    addProcess(system, { pid: 40, name: 'pacemaker-attrd' })
    system.put('/proc/40/status', 'Name:\tpacemaker-attrd\nUid:\t107\t0\t0\t0\n')
    system.put('/proc/40/cgroup', '0::/system.slice/pacemaker.service\n')
    await stop(system, {}, timeout)
    expect(kills(system)).toEqual([])
  })
})
