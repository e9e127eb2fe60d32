import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { block, callAndWait, hangs, probe, start, stop, stopped } from '../../../fake/nodes/ext3-filesystem.ts'
import { AGENT_PID, addProcess, endProcess } from '../../../fake/proc/processes.ts'

/* A mount(8) or e2fsck(8) that a start has left hanging in the kernel: no signal ends it before the disk responds. */

/** A start whose time is up while the tool hangs. */
async function startHanging(name: 'mount' | 'e2fsck') {
  const made = stopped()
  const { system } = made
  const tool = { pid: 77, name, parent: AGENT_PID, endsBy: [] }
  const works = system.tools.get(name)
  if (name === 'e2fsck') made.superblock.state = 3
  system.tools.set(name, (...call) => {
    addProcess(system, tool)
    return hangs(...call)
  })
  block(system)
  const { code } = await callAndWait('start', system)
  expect(code).toBe(exit.genericError)
  /** The disk responds again: the tool completes its work, and dies of the signal that it received meanwhile. */
  const answer = async () => {
    system.put('/sys/block/sda/device/state', 'running\n')
    if (name === 'mount') await works?.(['-t', 'ext3', '-o', 'rw', '--', '/dev/sda', '/mnt/c0'], {})
    if (works) system.tools.set(name, works)
    endProcess(system, tool)
  }
  return { ...made, answer }
}

describe.each(['mount', 'e2fsck'] as const)('%s', name => {
  test('that hangs is neither stopped nor running (OCF_ERR_GENERIC)', async () => {
    const { system } = await startHanging(name)
    expect(await probe(system)).toMatchObject({
      code: exit.genericError,
      reasons: [`${name} (pid 77) of an earlier start, blocked in the kernel, is still working on /dev/sda`],
    })
  })

  test('that hangs is killed by a stop, which fails at its deadline with the reason why the disk is blocked', async () => {
    const { system } = await startHanging(name)
    const { code, reasons } = await callAndWait('stop', system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(
        `^stop timed out: .*while waiting for ${name} \\(pid 77\\) .* to exit: disk sda is blocked`,
      ),
    ])
    expect(system.signals).toEqual(['SIGKILL 77'])
  })

  test('is waited for by a stop, and leaves nothing mounted and no note', async () => {
    const { system, table, answer } = await startHanging(name)
    setTimeout(answer, 5000)
    expect((await stop(system)).code).toBe(exit.success)
    expect(table.map(({ mountPoint }) => mountPoint)).toEqual(['/'])
    expect(system.list('/run/vhacs').filter(name => !name.startsWith('reason-'))).toEqual([])
    expect((await probe(system)).code).toBe(exit.notRunning)
  })

  test('is waited for by the next start, which then succeeds', async () => {
    const { system, table, answer } = await startHanging(name)
    setTimeout(answer, 5000)
    expect((await start(system)).code).toBe(exit.success)
    expect(table.map(({ mountPoint }) => mountPoint)).toEqual(['/', '/mnt/c0'])
    expect(system.signals).toEqual(['SIGKILL 77'])
  })

  test('with a pid that belongs to another process by now is ignored', async () => {
    const { system } = await startHanging(name)
    addProcess(system, { pid: 77, name, startTime: '9999' })
    expect((await probe(system)).code).toBe(exit.notRunning)
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toEqual([])
  })
})

test('a mount that does not hang leaves no note', async () => {
  const { system } = stopped()
  addProcess(system, { pid: 41, name: 'bystander' })
  expect((await start(system)).code).toBe(exit.success)
  expect(system.changes.filter(change => change.includes('/run/vhacs'))).toEqual([])
})
