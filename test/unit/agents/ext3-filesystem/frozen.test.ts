import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { block, callAndWait, other, probe, start, started, stop } from '../../../fake/nodes/ext3-filesystem.ts'
import { freeze } from '../../../fake/proc/freezing.ts'
import { detach, type FakeMount, showLife } from '../../../fake/proc/mounts.ts'
import { addNamespace, addProcess, endProcess, type FakeProcess } from '../../../fake/proc/processes.ts'
import type { FakeSystem } from '../../../fake/system.ts'

const NAMESPACE = 'mnt:[4026532999]'
const isAlive = (system: FakeSystem) => system.list('/sys/fs/ext4').includes('sda')
const ours = (table: readonly FakeMount[]) => table.filter(({ device }) => device === '8:0')

/** A node that has it mounted and frozen, by fsfreeze -f of a backup that died. */
async function frozen() {
  const made = await started()
  const mount = made.table.at(-1)
  if (mount === undefined) throw new Error('it is not mounted')
  freeze(made.system, mount)
  return { ...made, mount }
}

/** A process that writes to it: no signal reaches it before it is thawed. */
function addWriter(system: FakeSystem, at: Pick<FakeProcess, 'namespace' | 'ended'> = {}): void {
  const writer = { pid: 51, name: 'writer', cwd: '/mnt/c0', ...at }
  addProcess(system, writer)
  const thaw = system.tools.get('fsfreeze')
  let isSignalled = false
  let isThawed = false
  const end = () => (isSignalled && isThawed ? endProcess(system, writer) : undefined)
  system.processes.set(51, () => {
    isSignalled = true
    end()
  })
  system.tools.set('fsfreeze', async (args, options) => {
    const result = (await thaw?.(args, options)) ?? 1
    isThawed ||= result === 0
    end()
    return result
  })
}

describe('stop of a frozen file system', () => {
  test('thaws it, and warns of it', async () => {
    const { system, table } = await frozen()
    const { code, stderr } = await stop(system)
    expect(code).toBe(exit.success)
    expect(stderr).toContain('WARNING: the file system on /mnt/c0 was frozen (fsfreeze -f): it has been thawed')
    expect(isAlive(system)).toBe(false)
    expect(ours(table)).toEqual([])
    expect(system.commands).toEqual([
      ['fsfreeze', '--unfreeze', '--', '/mnt/c0'],
      ['umount', '-c', '--', '/mnt/c0'],
    ])
  })

  test('terminates a process that hangs in a write to it', async () => {
    const { system } = await frozen()
    addWriter(system)
    expect((await stop(system)).code).toBe(exit.success)
    expect(isAlive(system)).toBe(false)
  })

  test.each([
    'rw',
    'ro',
  ])('mounts it once more to thaw it, if it was unmounted while it was frozen (%s)', async access => {
    const { system, table, mount } = await frozen()
    mount.superOptions = access
    table.pop()
    expect((await probe(system)).code).toBe(exit.genericError)
    expect((await stop(system)).code).toBe(exit.success)
    expect(isAlive(system)).toBe(false)
    expect(ours(table)).toEqual([])
    expect(system.commands.findLast(([tool]) => tool === 'mount')).toEqual([
      'mount',
      '-t',
      'ext3',
      '-o',
      `${access},nosuid,nodev,noexec`,
      '--',
      '/dev/sda',
      '/run/vhacs/thaw-c0',
    ])
    expect(system.list('/run/vhacs').filter(name => !name.startsWith('reason-'))).toEqual([])
  })

  test('mounts it as ext4 if it was mounted as that by hand', async () => {
    const { system, table, mount } = await frozen()
    table.pop()
    freeze(system, { ...mount, fileSystem: 'ext4' })
    expect((await stop(system)).code).toBe(exit.success)
    expect(isAlive(system)).toBe(false)
  })

  test.each([
    ['current directory', { cwd: '/x' }, true],
    ['open file', { files: ['socket:[7]', '/x/file'] }, true],
    ['open file of a file system that is not frozen', { files: ['/x/file'] }, false],
  ])('that was detached (umount -l) while a process had it as its %s', async (_, use, isFrozen) => {
    const { system, table } = await started()
    const mount = table.at(-1)
    if (mount && isFrozen) freeze(system, mount)
    const release = mount && detach(system, table, mount)
    addProcess(system, {
      pid: 51,
      name: 'user',
      ...use,
      ...(mount && { detached: mount }),
      ...(release && { ended: release }),
    })
    addProcess(system, { pid: 52, name: 'bystander', ...use })
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual(['SIGTERM 51'])
    expect(isAlive(system)).toBe(false)
    expect(ours(table)).toEqual([])
  })

  test('that only a namespace has in which a process hangs that writes to it', async () => {
    const { system, table, mount } = await frozen()
    const theirs = addNamespace(system, NAMESPACE)
    theirs.push({ ...mount, superOptions: mount.superOptions })
    table.pop()
    const leave = () => {
      theirs.length = 0
      showLife(system, '8:0')
    }
    addWriter(system, { namespace: NAMESPACE, ended: leave })
    expect((await stop(system)).code).toBe(exit.success)
    expect(isAlive(system)).toBe(false)
    expect([...ours(table), ...ours(theirs)]).toEqual([])
  })

  test('of which only a part is mounted', async () => {
    const { system, table, mount } = await frozen()
    table.pop()
    table.push({ ...mount, root: '/part', mountPoint: '/srv' })
    expect((await stop(system)).code).toBe(exit.success)
    expect(isAlive(system)).toBe(false)
  })

  test('does not thaw a frozen file system that hides it', async () => {
    const { system, table } = await started()
    const hiding = { ...other, mountPoint: '/mnt' }
    table.push(hiding)
    freeze(system, hiding)
    expect((await stop(system)).reasons).toEqual([expect.stringContaining('is hidden by /dev/sdb on /mnt')])
    expect(system.commands.map(([tool]) => tool)).toEqual(['umount'])
  })

  test('succeeds without fsfreeze when it is not frozen', async () => {
    const { system } = await started()
    system.tools.delete('fsfreeze')
    expect(await stop(system)).toMatchObject({ code: exit.success, reasons: [] })
  })

  test('does not mount it again while the disk is blocked', async () => {
    const { system, table } = await frozen()
    table.pop()
    block(system)
    expect((await callAndWait('stop', system)).code).toBe(exit.genericError)
    expect(system.commands).toEqual([])
  })
})

test('a start after it was unmounted frozen thaws, unmounts and mounts it', async () => {
  const { system, table } = await frozen()
  table.pop()
  expect((await start(system)).code).toBe(exit.success)
  expect(ours(table).map(({ mountPoint }) => mountPoint)).toEqual(['/mnt/c0'])
})
