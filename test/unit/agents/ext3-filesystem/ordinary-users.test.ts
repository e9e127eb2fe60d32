import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { started, stop } from '../../../fake/nodes/ext3-filesystem.ts'
import { detach } from '../../../fake/proc/mounts.ts'
import { addProcess } from '../../../fake/proc/processes.ts'
import type { FakeSystem } from '../../../fake/system.ts'

/*
 * A file system that something holds of which /proc shows nothing, such as a call that waits with a file that another thread has closed.
 */

const timeout = { OCF_RESKEY_CRM_meta_timeout: '40000' }

function addUser(system: FakeSystem, pid: number, uid: number, ended = () => {}): void {
  addProcess(system, { pid, name: `of-${uid}`, ended })
  system.put(`/proc/${pid}/status`, `Name:\tx\nUid:\t${uid}\t0\t0\t0\n`)
}

const KINDS: readonly (readonly [string, () => Promise<{ system: FakeSystem; release: () => void }>])[] = [
  [
    'is busy',
    async () => {
      const { system, table } = await started()
      const mount = table.at(-1)
      if (mount) mount.isHeld = true
      const release = () => {
        if (mount) mount.isHeld = false
      }
      return { system, release }
    },
  ],
  [
    'was detached',
    async () => {
      const { system, table } = await started()
      const mount = table.at(-1)
      if (mount === undefined) throw new Error('it is not mounted')
      return { system, release: detach(system, table, mount) }
    },
  ],
]

describe.each(KINDS)('a stop of a file system that %s, without a visible holder in /proc', (_, hold) => {
  test.each([
    1000, 59_999, 65_534, 65_536, 100_000,
  ])('terminates the processes of user %i in its second half', async uid => {
    const { system, release } = await hold()
    const begun = system.now()
    addUser(system, 51, uid, release)
    let signalledAt = 0
    const { signal } = system
    system.signal = (pid, name) => {
      signalledAt ||= system.now()
      signal(pid, name)
    }
    const { code, stderr } = await stop(system, {}, timeout)
    expect(code).toBe(exit.success)
    expect(stderr).toContain(`sending SIGTERM to of-${uid} (pid 51, an ordinary user's process)`)
    expect(signalledAt - begun).toBeGreaterThan(19_000)
  })

  test.each([0, 1, 999, 60_000, 65_535])('does not terminate the processes of the system (user %i)', async uid => {
    const { system } = await hold()
    addUser(system, 51, uid)
    expect((await stop(system, {}, timeout)).code).toBe(exit.genericError)
    expect(system.signals).toEqual([])
  })

  test.each(['safe', 'no'])('only names them with force_unmount=%s', async force => {
    const { system } = await hold()
    addUser(system, 51, 1000)
    const { reasons } = await stop(system, { force_unmount: force }, timeout)
    expect(reasons).toEqual([expect.stringContaining('perhaps in use by of-1000 (pid 51')])
    expect(system.signals).toEqual([])
  })
})

test('a reason names some of very many users, and counts the others', async () => {
  const { system } = await started()
  for (let pid = 2000; pid < 2100; pid += 1) addProcess(system, { pid, name: 'u', cwd: '/mnt/c0', endsBy: [] })
  const { stderr } = await stop(system, {}, { OCF_RESKEY_CRM_meta_timeout: '20000' })
  expect(stderr).toContain('u (pid 2019, cwd), and 80 more')
  expect(stderr).not.toContain('pid 2020')
})
