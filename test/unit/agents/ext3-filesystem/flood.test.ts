import { expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { started, stop } from '../../../fake/nodes/ext3-filesystem.ts'
import { detach } from '../../../fake/proc/mounts.ts'
import { addProcess } from '../../../fake/proc/processes.ts'
import type { FakeSystem } from '../../../fake/system.ts'

/* A user has so many descriptors that inspecting all of them takes longer than a stop's timeout. */

const TIMEOUT_SECONDS = 40
const timeout = { OCF_RESKEY_CRM_meta_timeout: `${TIMEOUT_SECONDS * 1000}` }

/** A node with a process of an ordinary user that has 2000 files open, each of which takes a tenth of a second to look at. */
async function flooded() {
  const made = await started()
  const { system } = made
  addProcess(system, { pid: 40, name: 'flood', files: Array.from({ length: 2000 }, () => '/etc/passwd'), endsBy: [] })
  let spent = 0
  const { now, readLink } = system
  system.now = () => now() + spent
  system.readLink = path => {
    if (path.startsWith('/proc/40/fd/')) spent += 100
    return readLink(path)
  }
  return { ...made, spent: () => spent }
}

function addOrdinary(system: FakeSystem, ended: () => void): void {
  addProcess(system, { pid: 51, name: 'user', ended })
  system.put('/proc/51/status', 'Uid:\t1000\t1000\t1000\t1000\n')
}

test('a stop inspects as many as an eighth of its time allows before it retries the unmount', async () => {
  const { system, table, spent } = await flooded()
  const mount = table.at(-1)
  if (mount) mount.isHeld = true
  addOrdinary(system, () => {
    if (mount) mount.isHeld = false
  })
  const rounds: number[] = []
  const umount = system.tools.get('umount')
  let last = 0
  system.tools.set('umount', (args, options) => {
    rounds.push(spent() - last)
    last = spent()
    return umount?.(args, options) ?? 1
  })
  expect((await stop(system, {}, timeout)).code).toBe(exit.success)
  expect(rounds.length).toBeGreaterThan(1)
  expect(Math.max(...rounds)).toBeLessThanOrEqual((TIMEOUT_SECONDS * 1000) / 8 + 1100)
  expect(system.signals).toContain('SIGTERM 51')
})

test('the searches of a stop of a detached file system do not use up its time', async () => {
  const { system, table } = await flooded()
  const mount = table.at(-1)
  if (mount === undefined) throw new Error('it is not mounted')
  addOrdinary(system, detach(system, table, mount))
  expect((await stop(system, {}, timeout)).code).toBe(exit.success)
  expect(system.signals).toContain('SIGTERM 51')
})
