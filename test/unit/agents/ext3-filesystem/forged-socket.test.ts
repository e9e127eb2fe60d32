import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { started, stop } from '../../../fake/nodes/ext3-filesystem.ts'
import { addProcess } from '../../../fake/proc/processes.ts'
import type { FakeSystem } from '../../../fake/system.ts'

/*
 * A user binds a socket to a name with a newline in it, after which stands what the kernel prints of a socket: a line of /proc/net/unix
 * for any socket of any process.
 */

const line = (inode: number, path: string) => `00000000c2510aa6: 00000002 00000000 00010000 0001 01 ${inode} ${path}\n`
const FORGED = line(4242, '/mnt/c0/x')
const timeout = { OCF_RESKEY_CRM_meta_timeout: '40000' }

/** A busy mount, and a process that has a socket open. */
async function busy(uid: number, ended = () => {}) {
  const { system, table } = await started()
  const mount = table.at(-1)
  if (mount) mount.isHeld = true
  const release = () => {
    if (mount) mount.isHeld = false
    ended()
  }
  addProcess(system, { pid: 60, name: 'service', files: ['socket:[4242]'], ended: release })
  system.put('/proc/60/status', `Uid:\t${uid}\t${uid}\t${uid}\t${uid}\n`)
  return system
}

const bound = (system: FakeSystem, text: string) => system.put('/proc/net/unix', `Num       RefCount\n${text}`)

describe('a stop', () => {
  test.each([
    0, 103,
  ])('does not terminate a service (user %i) for the line of a socket, as long as it has time', async uid => {
    const system = await busy(uid)
    bound(system, FORGED)
    const begun = system.now()
    const { code } = await stop(system, {}, timeout)
    expect(code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 60'])
    expect(system.now() - begun).toBeGreaterThan(19_000)
  })

  test.each(['safe', 'no'])('never does with force_unmount=%s', async force => {
    const system = await busy(0)
    bound(system, FORGED)
    expect((await stop(system, { force_unmount: force }, timeout)).code).toBe(exit.genericError)
    expect(system.signals).toEqual([])
  })

  test('terminates an ordinary user’s process at once', async () => {
    const system = await busy(1000)
    bound(system, FORGED)
    const begun = system.now()
    expect((await stop(system, {}, timeout)).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 60'])
    expect(system.now() - begun).toBeLessThan(5000)
  })

  test.each([
    ['twice, with another path', line(4242, '/run/service.sock') + FORGED],
    ['twice, without a path', `${line(4242, '').trimEnd()}\n${FORGED}`],
    ['in another form than the kernel’s', '4242 /mnt/c0/x\n'],
    ['with a part of it missing', FORGED.replace(' 0001 01 ', ' 01 ')],
  ])('does not trust a socket that is listed %s', async (_, text) => {
    const system = await busy(103)
    bound(system, text)
    expect((await stop(system, {}, timeout)).code).toBe(exit.genericError)
    expect(system.signals).toEqual([])
  })
})
