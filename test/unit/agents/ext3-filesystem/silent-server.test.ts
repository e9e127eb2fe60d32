import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { other, started, stop } from '../../../fake/nodes/ext3-filesystem.ts'
import { addNamespace, detach, type FakeMount, showLife } from '../../../fake/proc/mounts.ts'
import { addProcess } from '../../../fake/proc/processes.ts'
import type { FakeSystem } from '../../../fake/system.ts'

/*
 * Any user can use a file system of his own (FUSE) whose server never answers. A query for a file's attributes then waits as long
 * as the user likes, and a stop that waits gets the node fenced. Here the kernel would not return from stat(2).
 */

/** A user's process in such a file system, which he has detached (fusermount -uz). */
function addSilent(system: FakeSystem, use: { readonly cwd?: string; readonly files?: readonly string[] }): string[] {
  const mount: FakeMount = {
    ...other,
    device: '0:77',
    source: 'user',
    fileSystem: 'fuse.user',
    mountPoint: '/home/u/m',
  }
  addProcess(system, { pid: 61, name: 'silent', ...use, detached: mount })
  const asked: string[] = []
  const { stat } = system
  system.stat = path => {
    if (path.startsWith('/proc/61/')) asked.push(path)
    return stat(path)
  }
  return asked
}

const USES = [
  ['current directory', { cwd: '/' }],
  ['current directory, named like the mount point', { cwd: '/mnt/c0/x' }],
  ['open file', { files: ['/mnt/c0/file'] }],
] as const

test.each(
  USES,
)('a stop queries no server for the %s of a process, and finds the user of the file system', async (_, use) => {
  const { system, table } = await started()
  const mount = table.at(-1)
  const release = mount && detach(system, table, mount)
  const asked = addSilent(system, use)
  addProcess(system, {
    pid: 51,
    name: 'user',
    cwd: '/x',
    ...(mount && { detached: mount }),
    ...(release && { ended: release }),
  })
  const known = system.tools.get('stat')
  // killed after its time
  system.tools.set('stat', (args, options) =>
    args.at(-1)?.startsWith('/proc/61/') ? { status: undefined } : (known?.(args, options) ?? 1),
  )
  expect((await stop(system)).code).toBe(exit.success)
  expect(system.signals).toEqual(['SIGTERM 51'])
  expect(asked).toEqual([])
  expect(system.commands).toContainEqual(
    expect.arrayContaining(['stat', '--cached=always', '--', use === USES[2][1] ? '/proc/61/fd/0' : '/proc/61/cwd']),
  )
})

test.each(USES.slice(0, 2))('a stop of a busy mount queries no server for the %s of a process', async (_, use) => {
  const { system, table } = await started()
  const mount = table.at(-1)
  if (mount) mount.isHeld = true
  const asked = addSilent(system, use)
  const ended = () => {
    if (mount) mount.isHeld = false
  }
  addProcess(system, { pid: 51, name: 'user', cwd: '/mnt/c0', ended })
  expect(await stop(system)).toMatchObject({ code: exit.success, reasons: [] })
  expect(system.signals).toEqual(['SIGTERM 51'])
  expect(asked).toEqual([])
})

test('a stop makes one query for each mount that no table lists, however many files are on it', async () => {
  const { system, table } = await started()
  const mount = table.at(-1)
  const release = mount && detach(system, table, mount)
  const memory: FakeMount = { ...other, device: '0:1', source: 'none', fileSystem: 'tmpfs', mountPoint: '/' }
  const files = Array.from({ length: 100 }, (_, index) => `/memfd:${index} (deleted)`)
  addProcess(system, { pid: 61, name: 'browser', files, detached: memory })
  const use = { ...(mount && { detached: mount }), ...(release && { ended: release }) }
  addProcess(system, { pid: 51, name: 'user', files: ['/x/file'], ...use })
  expect((await stop(system)).code).toBe(exit.success)
  expect(system.signals).toEqual(['SIGTERM 51'])
  const asked = system.commands.filter(([tool]) => tool === 'stat').map(words => words.at(-1)?.split('/')[2])
  expect(asked.filter(pid => pid === '61')).toHaveLength(1)
})

describe('an unmount that waits for the server of a file system on top of ours', () => {
  const THEIRS = 'mnt:[4026532999]'

  /** A stop while that file system is mounted, in which only --force ends the wait of umount; the calls of umount with their times. */
  async function stopped(
    mount: Partial<FakeMount>,
    { force_unmount = 'yes', namespace }: { readonly force_unmount?: string; readonly namespace?: string } = {},
  ) {
    const { system, table } = await started()
    const silent: FakeMount = { ...other, device: '0:77', source: 'user', mountPoint: '/mnt/c0/silent', ...mount }
    const mounts = namespace === undefined ? table : addNamespace(system, namespace)
    if (namespace !== undefined) {
      mounts.push({ ...other, device: '8:0', source: '/dev/sda', fileSystem: 'ext3', mountPoint: '/mnt/c0' })
      showLife(system, '8:0')
    }
    mounts.push(silent)
    if (namespace !== undefined) addProcess(system, { pid: 61, name: 'server', namespace, endsBy: [] })
    const begun = system.now()
    const calls: [number, string][] = []
    const umount = system.tools.get('umount')
    system.tools.set('umount', (args, options) => {
      calls.push([Math.round((system.now() - begun) / 1000), args.filter(arg => arg !== '-c').join(' ')])
      const waits = args.at(-1) === silent.mountPoint && !args.includes('--force')
      return waits
        ? { status: undefined, stderr: 'timed out after 10 s, and it cannot be killed' }
        : (umount?.(args, options) ?? 1)
    })
    return { ...(await stop(system, { force_unmount })), calls }
  }

  test('is abandoned, and the connection to the server aborted', async () => {
    const { code, calls } = await stopped({ fileSystem: 'fuse.sshfs' })
    expect(code).toBe(exit.success)
    expect(calls.map(([, call]) => call)).toEqual(['-- /mnt/c0/silent', '--force -- /mnt/c0/silent', '-- /mnt/c0'])
  })

  test('in a namespace of its own, likewise', async () => {
    const { code, calls } = await stopped({ fileSystem: 'fuse' }, { namespace: THEIRS })
    expect(code).toBe(exit.success)
    expect(calls.map(([, call]) => call)).toContain('--force --namespace 61 -- /mnt/c0/silent')
  })

  test('is forced for a server in the network only before the stop would fail', async () => {
    const { code, calls } = await stopped({ fileSystem: 'nfs4' })
    expect(code).toBe(exit.success)
    const [at] = calls.find(([, call]) => call.startsWith('--force')) ?? []
    expect(at).toBeGreaterThanOrEqual(60)
  })

  test.each(['fuse', 'nfs4'])('is never forced with force_unmount=no (%s)', async fileSystem => {
    const { code, calls } = await stopped({ fileSystem }, { force_unmount: 'no' })
    expect(code).toBe(exit.genericError)
    expect(calls.filter(([, call]) => call.startsWith('--force'))).toEqual([])
  })
})
