import { describe, expect, test, vi } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { answer } from '../../../fake/answer.ts'
import {
  CGROUP,
  containerOf,
  monitor,
  probe,
  start,
  started,
  stop,
  stopped,
  UNIT,
} from '../../../fake/nodes/nspawn-container.ts'
import { endOf } from '../../../fake/nspawn/container.ts'
import { SHUTDOWN_MILLISECONDS } from '../../../fake/nspawn/nspawn.ts'
import { errno, liveFile, refuse } from '../../../fake/tree.ts'

async function timed<T>(act: Promise<T>) {
  const begun = Date.now()
  const result = await act
  return { result, milliseconds: Date.now() - begun }
}

describe('a stop', () => {
  test('asks systemd, without waiting for Pacemaker, and waits for the shutdown', async () => {
    const { system, node } = await started()
    const { result, milliseconds } = await timed(stop(system))
    expect(result).toMatchObject({ code: exit.success, stderr: '' })
    expect(milliseconds).toBeGreaterThanOrEqual(SHUTDOWN_MILLISECONDS)
    expect(system.commands[0]).toEqual([
      'systemctl',
      '--no-block',
      '--job-mode',
      'ignore-dependencies',
      'stop',
      '--',
      UNIT,
    ])
    expect(system.signals).toEqual([])
    expect(node.units.size).toBe(0)
  })

  test('terminates a container that does not shut down in time', async () => {
    const { system, node } = await started()
    node.shutsDown = false
    const { result, milliseconds } = await timed(stop(system, { shutdown_timeout: '20' }))
    expect(result.code).toBe(exit.success)
    expect(result.stderr).toContain('c0 has not shut down within 20 s: terminating it')
    expect(milliseconds).toBeGreaterThanOrEqual(20_000)
    expect(milliseconds).toBeLessThan(25_000)
    expect(node.units.size).toBe(0)
  })

  test('leaves time for the kill, however long the shutdown may take', async () => {
    const { system, node } = await started()
    Object.assign(node, { shutsDown: false, terminates: false })
    const { result, milliseconds } = await timed(stop(system, { shutdown_timeout: '3600' }))
    expect(result.code).toBe(exit.success)
    expect(system.changes).toContain(`write ${CGROUP}/cgroup.kill 1`)
    expect(milliseconds).toBeLessThan(110_000)
  })

  test('signals the processes if the kernel has no cgroup.kill', async () => {
    const { system, node } = await started()
    Object.assign(node, { shutsDown: false, terminates: false })
    const { write } = system
    system.write = (path, ...rest) =>
      path.endsWith('cgroup.kill') ? Promise.reject(errno('ENOENT', 'open', path)) : write(path, ...rest)
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.signals).toContain(`SIGKILL ${node.units.size === 0 ? system.signals[1]?.split(' ')[1] : ''}`)
  })

  test('succeeds when killed processes wait for a disk: they never run again', async () => {
    const { system, node } = await started()
    Object.assign(node, { shutsDown: false, terminates: false, dies: false })
    // a control group for threads, which the container may make
    const refused = () => refuse('EOPNOTSUPP')
    system.put(`${CGROUP}/payload/threads/cgroup.events`, 'populated 0\nfrozen 0\n')
    system.put(`${CGROUP}/payload/threads/cgroup.procs`, liveFile(refused))
    const { result, milliseconds } = await timed(stop(system))
    expect(result.code).toBe(exit.success)
    expect(result.stderr).toMatch(
      /killed c0; the kernel will end systemd \(pid \d+\), systemd-nspawn \(pid \d+\) when their disk answers/,
    )
    expect(milliseconds).toBeLessThan(115_000)
  })

  test('fails when processes survive SIGKILL without waiting for a disk', async () => {
    const { system, node } = await started()
    Object.assign(node, { shutsDown: false, terminates: false })
    const { write } = system
    system.write = async (path, ...rest) => (path.endsWith('cgroup.kill') ? undefined : write(path, ...rest))
    expect(await stop(system)).toMatchObject({ code: exit.genericError })
  })

  test('needs no systemd that answers: it signals the init itself', async () => {
    const { system, node } = await started()
    system.tools.set('systemctl', () => ({ status: 1, stderr: 'Failed to connect to bus: Connection refused\n' }))
    const result = await stop(system)
    expect(result.code).toBe(exit.success)
    expect(result.stderr).toContain('signalling the container instead')
    expect(system.signals).toHaveLength(1)
    expect(node.units.size).toBe(0)
  })

  test.each([
    ['never', Number.POSITIVE_INFINITY, 0],
    ['late', 4000, 1],
  ])('signals the init itself if systemd accepts the stop and begins it %s: systemd-nspawn is not asked twice', async (_, begins, requests) => {
    const { system, node } = await started()
    const container = containerOf(node)
    answer(system, 'systemctl stop', () => {
      if (begins < 1e6) setTimeout(() => system.processes.get(container.supervisor.pid)?.('SIGTERM'), begins)
      return 0
    })
    const { result, milliseconds } = await timed(stop(system))
    expect(result.code).toBe(exit.success)
    expect(result.stderr).toContain('has accepted the stop, but not begun it')
    expect(system.signals).toEqual([`SIGRTMIN+4 ${container.init.pid}`])
    expect(container.requests).toBe(requests)
    expect(milliseconds).toBeLessThan(15_000)
    expect(node.units.size).toBe(0)
  })

  test('succeeds without any tool', async () => {
    const { system, node } = await started()
    Object.assign(node, { shutsDown: false, terminates: false })
    system.tools.clear()
    expect((await stop(system)).code).toBe(exit.success)
    expect(node.units.get(UNIT)?.container).toBeUndefined()
  })

  test('of a container that is about to start again, after a reboot inside, keeps it from starting', async () => {
    const { system, node } = await started()
    node.reboot(containerOf(node))
    expect((await stop(system)).code).toBe(exit.success)
    await vi.advanceTimersByTimeAsync(5000)
    expect(node.units.size).toBe(0)
    expect((await probe(system)).code).toBe(exit.notRunning)
  })

  test('of a container that reboots meanwhile ends the new one', async () => {
    const { system, node } = await started()
    node.shutsDown = false
    const container = containerOf(node)
    setTimeout(() => node.reboot(container), 5000)
    expect((await stop(system)).code).toBe(exit.success)
    await vi.advanceTimersByTimeAsync(5000)
    expect((await probe(system)).code).toBe(exit.notRunning)
  })

  test('without a supervisor kills the rest soon', async () => {
    const { system, node } = await started()
    endOf(system, containerOf(node).supervisor)
    const { result, milliseconds } = await timed(stop(system))
    expect(result.code).toBe(exit.success)
    expect(milliseconds).toBeLessThan(30_000)
    expect((await monitor(system)).code).toBe(exit.notRunning)
  })

  test('thaws a frozen container, which would not shut down', async () => {
    const { system } = await started()
    await system.write(`${CGROUP}/cgroup.freeze`, '1')
    const { result, milliseconds } = await timed(stop(system))
    expect(result).toMatchObject({ code: exit.success, stderr: '' })
    expect(milliseconds).toBeLessThan(10_000)
  })

  test('resets the unit of a container that was killed', async () => {
    const { system, node } = await started()
    node.end(containerOf(node), 'signal')
    expect((await stop(system)).code).toBe(exit.success)
    expect(system.commands.at(-1)).toEqual(['systemctl', 'reset-failed', '--', UNIT])
    expect(node.units.size).toBe(0)
  })

  test.each([[true], [false]])('ends a container that was started by hand (it shuts down: %s)', async shutsDown => {
    const { system, node } = stopped()
    Object.assign(node, { shutsDown, terminates: false })
    node.startByHand('c0', '/mnt/c0/root')
    node.startByHand('c1', '/mnt/c0/root')
    expect((await stop(system)).code).toBe(exit.success)
    expect(node.byHand.map(({ machine }) => machine)).toEqual(['c1'])
    expect(system.commands).toEqual([])
  })

  test('after a change of the directory ends the container that runs from the former one', async () => {
    const { system, node } = await started()
    expect((await stop(system, { directory: '/mnt/c0/other' })).code).toBe(exit.success)
    expect(node.units.size).toBe(0)
  })

  test('leaves alone what somebody else has started from another tree under the same name', async () => {
    const { system, node } = stopped()
    node.startByHand('c0', '/mnt/c0/root')
    expect((await stop(system, { directory: '/mnt/c0/other' })).code).toBe(exit.success)
    expect(node.byHand).toHaveLength(1)
  })
})

test.each([
  1, 2, 3, 4, 5,
])('a stop that hung in its step %i, and was killed, is finished by the next one', async step => {
  const { system, node } = stopped()
  node.hasExports = true
  await start(system)
  Object.assign(node, { shutsDown: false, terminates: false })
  let calls = 0
  const { run, write } = system
  const orHang = <R>(act: () => Promise<R>) => {
    calls += 1
    return calls === step ? new Promise<never>(() => {}) : act()
  }
  system.run = (...call) => orHang(() => run(...call))
  system.write = (...call) => orHang(() => write(...call))
  let isOver = false
  const killed = stop(system, { shutdown_timeout: '5' }, { OCF_RESKEY_CRM_meta_timeout: '40000' }).finally(() => {
    isOver = true
  })
  while (!isOver) await vi.advanceTimersByTimeAsync(100)
  expect((await killed).code).toBe(exit.genericError)
  expect(calls).toBeGreaterThanOrEqual(step)
  Object.assign(system, { run, write })
  expect((await stop(system, { shutdown_timeout: '5' })).code).toBe(exit.success)
  expect(node.units.size).toBe(0)
  expect((await start(system)).code).toBe(exit.success)
})
