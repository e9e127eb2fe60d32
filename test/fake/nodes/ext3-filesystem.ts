import { vi } from 'vitest'
import { ext3Filesystem } from '../../../agents/ext3-filesystem/index.ts'
import { addBlockDevice } from '../block/block.ts'
import { addFilesystem } from '../block/filesystem.ts'
import { call } from '../call.ts'
import { type FakeMount, mounts } from '../proc/mounts.ts'
import type { FakeSystem, FakeTool } from '../system.ts'
import { fakeSystem } from '../system.ts'
import { directory, link } from '../tree.ts'
import { actionsOf } from './actions.ts'

export const parameters = { device: '/dev/sda', directory: '/mnt/c0' } as const

export const { start, stop, monitor, probe, validate } = actionsOf(ext3Filesystem, parameters)

/** A node with an ext3 on sda, and another disk. */
export function stopped() {
  const system = fakeSystem()
  const table = mounts(system)
  const superblock = addFilesystem(system, '/dev/sda', '8:0')
  addBlockDevice(system, '/dev/sdb', '8:16')
  return { system, table, superblock }
}

/** The mount point is a link to /srv/c0. */
export function stoppedWithLink() {
  const made = stopped()
  made.system.put('/srv/c0', directory())
  made.system.put('/mnt/c0', link('/srv/c0'))
  return made
}

/** A node that has it mounted. */
export async function started() {
  const made = stopped()
  await start(made.system)
  made.system.commands.length = 0
  made.system.changes.length = 0
  return made
}

/** A mount that is not ours. */
export const other: FakeMount = {
  device: '8:16',
  source: '/dev/sdb',
  mountPoint: '/mnt/c0',
  fileSystem: 'ext4',
  options: 'rw',
  superOptions: 'rw',
}

export const hangs: FakeTool = () => new Promise(() => {})

/** Calls an action in which something hangs, and lets its time pass. */
export async function callAndWait(action: string, system: FakeSystem, environment = {}) {
  const ending = call(ext3Filesystem, action, { system, parameters, environment })
  for (let second = 0; second < 125; second += 1) await vi.advanceTimersByTimeAsync(1000)
  return ending
}

/** The disk exists, but the kernel blocks I/O to it. */
export function block(system: FakeSystem): void {
  system.put('/sys/block/sda/device/state', 'blocked\n')
}
