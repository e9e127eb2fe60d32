import { describe, expect, test, vi } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import {
  CGROUP,
  containerOf,
  deepMonitor,
  monitor,
  probe,
  start,
  started,
  stopped,
  UNIT,
} from '../../../fake/nodes/nspawn-container.ts'
import { endOf } from '../../../fake/nspawn/container.ts'
import { addProcess } from '../../../fake/proc/processes.ts'
import { errno } from '../../../fake/tree.ts'

describe('a monitor', () => {
  test('starts no process, and reads nothing of the tree, which may be on a disk that hangs', async () => {
    const { system } = await started()
    const { read, stat, realPath, list } = system
    const guarded =
      <R>(call: (path: string) => R) =>
      (path: string) => {
        if (path.startsWith('/mnt')) throw errno('EIO', 'open', path)
        return call(path)
      }
    Object.assign(system, {
      read: guarded(read),
      stat: guarded(stat),
      realPath: guarded(realPath),
      list: guarded(list),
    })
    expect((await monitor(system)).code).toBe(exit.success)
    expect(await probe(system)).toMatchObject({ code: exit.success })
    expect(system.commands).toEqual([])
    expect(system.changes).toEqual([])
  })

  test('succeeds during a reboot inside, before, while and after systemd starts the container again', async () => {
    const { system, node } = await started()
    node.reboot(containerOf(node))
    expect((await monitor(system)).code).toBe(exit.success)
    expect(system.commands.at(-1)).toContain('show')
    await vi.advanceTimersByTimeAsync(1100)
    expect((await monitor(system)).code).toBe(exit.success)
    await vi.advanceTimersByTimeAsync(2000)
    system.commands.length = 0
    expect((await monitor(system)).code).toBe(exit.success)
    expect(system.commands).toEqual([])
  })

  test('reports a container that has ended, and why if its unit failed (OCF_NOT_RUNNING)', async () => {
    const { system, node } = await started()
    node.end(containerOf(node), 'signal')
    expect(await monitor(system)).toMatchObject({
      code: exit.notRunning,
      reasons: ['c0 has ended: a signal ended it (9)'],
    })
    expect(await probe(system)).toMatchObject({ code: exit.notRunning, reasons: [] })
  })

  test('reports a container whose init has shut it down as not running (OCF_NOT_RUNNING)', async () => {
    const { system, node } = await started()
    node.end(containerOf(node))
    expect(await monitor(system)).toMatchObject({ code: exit.notRunning, reasons: ['not running'] })
    expect(system.commands).toEqual([])
  })

  test('reports processes without systemd-nspawn as a failure', async () => {
    const { system, node } = await started()
    endOf(system, containerOf(node).supervisor)
    expect(await monitor(system)).toMatchObject({ code: exit.genericError })
  })

  test('counts a container without an init as interrupted: degraded after two minutes', async () => {
    const { system, node } = await started()
    endOf(system, containerOf(node).init)
    expect((await monitor(system)).code).toBe(exit.success)
    vi.setSystemTime(Date.now() + 60_000)
    await monitor(system)
    vi.setSystemTime(Date.now() + 61_000)
    expect(await monitor(system)).toMatchObject({ code: exit.degraded })
  })

  test('reports a frozen one as degraded', async () => {
    const { system } = await started()
    await system.write(`${CGROUP}/cgroup.freeze`, '1')
    expect(await monitor(system)).toMatchObject({
      code: exit.degraded,
      reasons: [`c0 is frozen: run "systemctl thaw ${UNIT}"`],
    })
  })

  test.each([
    'machine-c0.scope',
    'systemd-nspawn@c0.service',
    'test.service',
  ])('reports one that was started by hand, in %s, as degraded; to a probe it runs', async unit => {
    const { system, node } = stopped()
    node.startByHand('c0', '/mnt/c0/root', unit)
    expect(await monitor(system)).toMatchObject({
      code: exit.degraded,
      reasons: [`c0 was started by hand, in ${unit}: restart the resource`],
    })
    expect((await probe(system)).code).toBe(exit.success)
  })

  test('takes neither another tree nor another name for its container', async () => {
    const { system, node } = stopped()
    system.put('/mnt/c0/other/x', '')
    node.startByHand('c0', '/mnt/c0/other')
    node.startByHand('c1', '/mnt/c0/root')
    // no container yet, and a process of a user that calls itself so
    addProcess(system, { pid: 61, name: 'systemd-nspawn' })
    const { supervisor } = node.startByHand('c0', '/mnt/c0/root')
    const { stat } = system
    system.stat = path => ({ ...stat(path), ...(path === `/proc/${supervisor.pid}` && { owner: 1000 }) })
    expect((await monitor(system)).code).toBe(exit.notRunning)
  })

  test('a probe reports the container that an earlier directory was started from as a failure, so that it is stopped', async () => {
    const { system } = await started()
    expect(await probe(system, { directory: '/mnt/c0/other' })).toMatchObject({
      code: exit.genericError,
      reasons: ['c0 runs from /mnt/c0/root, not from /mnt/c0/other: restart the resource'],
    })
    expect((await probe(system, { directory: '/mnt/c0/root/' })).code).toBe(exit.success)
  })
})

describe('a monitor at level 10', () => {
  const withBus = async () => {
    const made = await started()
    made.system.put('/run/dbus/system_bus_socket', '')
    return made
  }

  test.each([
    ['running', exit.success],
    ['starting', exit.success],
    ['degraded', exit.degraded],
    ['maintenance', exit.degraded],
    ['stopping', exit.success],
    ['offline', exit.success],
  ])("asks the container's systemd: %s is %i", async (state, code) => {
    const { system, node } = await withBus()
    node.systemState = state
    expect((await deepMonitor(system)).code).toBe(code)
    expect(system.commands).toEqual([['systemctl', '--machine', 'c0', 'is-system-running']])
  })

  test.each([
    ['a systemd without D-Bus', '/usr/lib/systemd/systemd'],
    ['no other init', '/sbin/init'],
  ])('does not ask %s', async (_, program) => {
    const { system } = stopped({ program })
    await start(system)
    system.commands.length = 0
    expect((await deepMonitor(system)).code).toBe(exit.success)
    expect(system.commands).toEqual([])
  })

  test.each([
    ['no answer', undefined, 'the systemd of c0 did not answer within 39 s'],
    ['the I/O of the tree, which is paused', 'blocked', /paused|recovery/],
  ])('is interrupted by %s, and never fails', async (_, disk, reason) => {
    const { system } = await withBus()
    if (disk !== undefined) system.put('/sys/block/sdt/device/state', `${disk}\n`)
    system.tools.set('systemctl', () => new Promise(() => {}))
    const codes = []
    for (let minute = 0; minute < 4; minute += 1) {
      const ending = deepMonitor(system)
      for (let second = 0; second < 45; second += 1) await vi.advanceTimersByTimeAsync(1000)
      codes.push(await ending)
    }
    expect(codes.map(({ code }) => code)).toEqual([0, 0, 0, exit.degraded])
    expect(codes.at(-1)?.reasons[0]).toMatch(reason)
    // whose systemd would not answer
    expect(system.commands.some(([tool]) => tool === 'systemctl')).toBe(disk === undefined)
  })
})
