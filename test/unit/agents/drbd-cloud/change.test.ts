import { describe, expect, test, vi } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { ALONE, type FakeMinor } from '../../../fake/drbd/drbd.ts'
import {
  demote,
  hangs,
  perform,
  promote,
  reportedScores,
  roleIn,
  started,
  stop,
  stopped,
} from '../../../fake/nodes/drbd-cloud.ts'
import { addProcess } from '../../../fake/proc/processes.ts'
import type { FakeSystem } from '../../../fake/system.ts'

/** Makes a path fail as on an unreachable server; returns how often it was read. */
function makeUnreadable(system: FakeSystem, place: string): () => number {
  let looks = 0
  const refusing =
    <T>(usual: (path: string) => T) =>
    (path: string) => {
      if (path !== place) return usual(path)
      looks += 1
      throw Object.assign(new Error(`ESTALE: ${path}`), { code: 'ESTALE' })
    }
  Object.assign(system, { read: refusing(system.read), list: refusing(system.list) })
  return () => looks
}

describe('promote', () => {
  test.each([
    '8.4.11',
    '9.1.13',
  ])('that was given up and that the kernel (%s) completes later is seen by the next monitor, and undone by demote and stop', async version => {
    const { system, kernel } = await started({}, version)
    const drbdadm = system.tools.get('drbdadm')
    system.tools.set('drbdadm', hangs)
    const running = promote(system)
    await vi.advanceTimersByTimeAsync(200_000)
    expect((await running).code).toBe(exit.genericError)
    // the handler ends, and with it the change of the role
    kernel.minors.set(0, { ...kernel.fresh, role: 'Primary' })
    if (drbdadm) system.tools.set('drbdadm', drbdadm)
    expect((await perform('monitor', system)).code).toBe(exit.runningPromoted)
    expect((await demote(system)).code).toBe(exit.success)
    expect(roleIn(kernel)).toBe('Secondary')
    expect((await stop(system)).code).toBe(exit.success)
    expect(roleIn(kernel)).toBeUndefined()
  })

  test('that was given up and is not complete yet: demote waits until the kernel has completed it, and so does another promote', async () => {
    const { system, kernel } = await started({}, '8.4.11')
    addProcess(system, { pid: 1333, name: 'drbdsetup-84' })
    const lateBy = async (seconds: number, running: ReturnType<typeof demote>) => {
      await vi.advanceTimersByTimeAsync(seconds * 1000)
      // the handler ends, and with it the change of the role
      Object.assign(kernel, { changedBy: undefined })
      kernel.minors.set(0, { ...kernel.fresh, role: 'Primary' })
      await vi.advanceTimersByTimeAsync(2000)
      return (await running).code
    }
    kernel.changedBy = 1333
    expect(await lateBy(20, demote(system))).toBe(exit.success)
    expect(roleIn(kernel)).toBe('Secondary')
    kernel.changedBy = 1333
    expect(await lateBy(20, promote(system))).toBe(exit.success)
    expect(roleIn(kernel)).toBe('Primary')
  })

  test('that was given up and never ends: demote fails at its deadline, and names the process', async () => {
    const { system, kernel } = await started({}, '8.4.11')
    addProcess(system, { pid: 1333, name: 'drbdsetup-84' })
    kernel.changedBy = 1333
    const running = demote(system)
    await vi.advanceTimersByTimeAsync(200_000)
    const { code, reasons } = await running
    expect(code).toBe(exit.genericError)
    expect(reasons.join()).toContain('drbdsetup-84 (pid 1333) has not finished changing the role')
  })

  test('that never was: demote of a secondary side needs no tool, that of a primary one fails without', async () => {
    const { system, kernel } = await started({}, '8.4.11')
    for (const tool of ['drbdadm', 'drbdsetup']) system.tools.delete(tool)
    expect((await demote(system)).code).toBe(exit.success)
    kernel.minors.set(0, { ...kernel.fresh, role: 'Primary' })
    expect((await demote(system)).code).not.toBe(exit.success)
  })

  test.each([
    'Inconsistent',
    'Outdated',
    'Diskless',
    'Detaching',
    'Failed',
  ])('is refused at once with %s data and no up-to-date peer', async disk => {
    const { system } = await started({ connection: 'Connected', disk, peerDisk: 'Inconsistent' })
    const { code, reasons } = await promote(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      `c0 cannot be promoted here: the local data are ${disk} and no peer with good data is connected (Connected)`,
    ])
    expect(system.commands).toEqual([])
  })

  test('is refused at once without quorum', async () => {
    const { system } = await started({ hasQuorum: false }, '9.1.13')
    const { code, reasons } = await promote(system)
    expect({ code, reasons }).toEqual({
      code: exit.genericError,
      reasons: ['c0 cannot be promoted here: this side has no quorum'],
    })
    expect(system.commands.flat()).not.toContain('primary')
  })

  test("names the constraint of DRBD's handler when it is refused", async () => {
    const { system } = await started({ ...ALONE, disk: 'Outdated' })
    system.put(
      '/var/lib/pacemaker/cib/cib.xml',
      `<rsc_location rsc="c0-drbd-clone" id="drbd-fence-by-handler-c0-c0-drbd-clone"><rule role="Master" score="-INFINITY" id="r">
<expression attribute="#uname" operation="ne" value="node2" id="e"/></rule></rsc_location>`,
    )
    expect((await promote(system)).reasons).toEqual([
      expect.stringMatching(
        /Outdated.*; Pacemaker may promote it on node2 only, until .* removes the constraint drbd-fence-by-handler-c0-/,
      ),
    ])
  })

  test('gives the reason of a refusal although the CIB cannot be read', async () => {
    const { system } = await started({ ...ALONE, disk: 'Outdated' })
    makeUnreadable(system, '/var/lib/pacemaker/cib/cib.xml')
    await expect(promote(system)).resolves.toMatchObject({
      reasons: [expect.stringMatching(/^c0 cannot be promoted here: the local data are Outdated .*\(WFConnection\)$/)],
    })
  })

  test('uses the data of an up-to-date peer', async () => {
    const { system, kernel } = await started({ disk: 'Diskless' })
    expect((await promote(system)).code).toBe(exit.success)
    expect(roleIn(kernel)).toBe('Primary')
  })

  test('waits for the other side to be demoted', async () => {
    const { system, kernel } = await started({ peerRole: 'Primary' })
    setTimeout(() => kernel.minors.set(0, { ...kernel.fresh }), 5000)
    expect((await promote(system)).code).toBe(exit.success)
    expect(roleIn(kernel)).toBe('Primary')
  })

  test('waits for the fencing that makes consistent data good', async () => {
    const { system, kernel } = await started({ ...ALONE, disk: 'Consistent' })
    setTimeout(() => kernel.minors.set(0, { ...kernel.fresh, ...ALONE, peerDisk: 'Outdated' }), 5000)
    expect((await promote(system)).code).toBe(exit.success)
  })

  test('verifies the role whatever the exit status', async () => {
    const { system, kernel } = await started()
    const drbdadm = system.tools.get('drbdadm')
    let calls = 0
    system.tools.set('drbdadm', (args, options) => (calls++ === 0 ? 0 : (drbdadm?.(args, options) ?? 1)))
    expect((await promote(system)).code).toBe(exit.success)
    expect(roleIn(kernel)).toBe('Primary')
  })

  test("times out before Pacemaker's timeout, with DRBD's message", async () => {
    const { system } = await started({ peerRole: 'Primary' })
    const { code, reasons } = await promote(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(
        /^promote timed out: not finished after 119\.5 s, while making c0 primary: drbdadm primary c0 exited with 11: .*Multiple primaries/,
      ),
    ])
  })

  test('fails when the resource disappears meanwhile', async () => {
    const { system, kernel } = await started({ peerRole: 'Primary' })
    setTimeout(() => kernel.minors.clear(), 3000)
    expect((await promote(system)).reasons).toEqual(['c0 is no longer up'])
  })
})

describe('demote, stop and start', () => {
  test.each(['demote', 'stop', 'start'])('%s of a device in use times out and names the users', async action => {
    const { system } = await started({ role: 'Primary', isOpen: true })
    system.put('/proc/self/mountinfo', '30 1 147:0 / /mnt/c0 rw - ext3 /dev/drbd0 rw\n')
    addProcess(system, { pid: 42, name: 'dd', files: ['/dev/drbd0'] })
    const { code, reasons } = await perform(action, system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(
        /^(demote|stop|start) timed out: .*: \/dev\/drbd0 is in use by mount \/mnt\/c0, process 42 \(dd\); drbdadm (secondary|down) c0 exited with 11: .*held open/,
      ),
    ])
  })

  test.each(['demote', 'stop'])('%s does not search for users before DRBD refuses it', async action => {
    const { system } = await started({ role: 'Primary' })
    const looks = makeUnreadable(system, '/proc')
    expect((await perform(action, system)).code).toBe(exit.success)
    expect(looks()).toBe(0)
  })

  test.each([
    'demote',
    'stop',
  ])("%s is retried when the users of the device cannot be determined, and reports DRBD's message", async action => {
    const { system, kernel } = await started({ role: 'Primary', isOpen: true })
    const looks = makeUnreadable(system, '/proc')
    expect((await perform(action, system)).reasons).toEqual([
      expect.stringMatching(
        /^(demote|stop) timed out: not finished after [\d.]+ s, while [a-z0-9 ]+: drbdadm (secondary|down) c0 exited with 11: .*held open/,
      ),
    ])
    expect(looks()).toBeGreaterThan(50)
    kernel.minors.set(0, { ...kernel.fresh, role: 'Primary' })
    expect((await perform(action, system)).code).toBe(exit.success)
  })

  test.each(['demote', 'stop'])('%s names the users of the device while drbdadm hangs', async action => {
    const { system } = await started({ ...ALONE, role: 'Primary', isOpen: true, isSuspended: true })
    addProcess(system, { pid: 42, name: 'dd', files: ['/dev/drbd0'] })
    system.tools.set('drbdadm', hangs)
    const running = perform(action, system)
    await vi.advanceTimersByTimeAsync(100_000)
    expect((await running).reasons).toEqual([
      expect.stringMatching(
        /: I\/O is suspended: the peer is unreachable .*; \/dev\/drbd0 is in use by process 42 \(dd\)$/,
      ),
    ])
  })

  test.each(['demote', 'stop', 'start'])('%s waits for a device that is in use a little longer', async action => {
    const { system, kernel } = await started({ role: 'Primary', isOpen: true })
    setTimeout(() => kernel.minors.set(0, { ...kernel.fresh, role: 'Primary' }), 7000)
    expect((await perform(action, system)).code).toBe(exit.success)
  })

  test('stop while I/O is suspended is tried, and reports the suspension when it times out', async () => {
    const { system } = await started({ ...ALONE, role: 'Primary', isOpen: true, isSuspended: true })
    expect((await stop(system)).reasons).toEqual([
      expect.stringMatching(
        /^stop timed out: not finished after 99\.5 s, while taking c0 down: I\/O is suspended: the peer is unreachable/,
      ),
    ])
  })

  test('stop while I/O is suspended succeeds when nothing has the device open', async () => {
    const { system, kernel } = await started({ ...ALONE, role: 'Primary', isSuspended: true })
    expect((await stop(system)).code).toBe(exit.success)
    expect(kernel.minors.size).toBe(0)
  })

  test('stop waits for a state that is in transition', async () => {
    const { system, kernel } = await started()
    const drbdadm = system.tools.get('drbdadm')
    let calls = 0
    system.tools.set('drbdadm', (args, options) =>
      calls++ < 3
        ? { status: 11, stderr: 'c0: State change failed: (-18) In transient state, retry after next state change\n' }
        : (drbdadm?.(args, options) ?? 1),
    )
    expect((await stop(system)).code).toBe(exit.success)
    expect(kernel.minors.size).toBe(0)
  })

  test.each<[string, Partial<FakeMinor>]>([
    ['that has dropped its peer', { ...ALONE, connection: 'StandAlone' }],
    ['that waits for its peer', ALONE],
    ['without a disk', { disk: 'Diskless' }],
    ['with neither disk nor peer', { ...ALONE, disk: 'Diskless' }],
    ['with a failed disk', { disk: 'Failed', role: 'Primary' }],
  ])('stop of a side %s succeeds', async (_, minor) => {
    const { system, kernel } = await started(minor)
    expect((await stop(system)).code).toBe(exit.success)
    expect(kernel.minors.size).toBe(0)
  })

  test('stop cleans up after a killed start', async () => {
    const { system, kernel } = await started()
    kernel.minors.set(0, 'unconfigured')
    expect((await stop(system)).code).toBe(exit.success)
    expect(kernel.minors.size).toBe(0)
  })

  test('stop deletes the promotion score', async () => {
    const { system } = await started()
    await stop(system)
    expect(reportedScores(system)).toEqual(['--delete'])
  })
})

describe.each(['8.4.11', '9.1.13'])('with DRBD %s', version => {
  test.each<[string, (system: FakeSystem) => void]>([
    ['is invalid', system => system.put('/etc/drbd.d/c0.res', 'resource c0 {')],
    ['is invalid for another resource', system => system.put('/etc/drbd.d/c1.res', 'resource c1 {')],
    ['is gone', system => system.take('/etc/drbd.d/c0.res')],
    ['cannot be read because drbdadm is missing', system => system.tools.delete('drbdadm')],
  ])('demote and stop do not need the configuration: it %s', async (_, spoil) => {
    const { system, kernel } = await started({ role: 'Primary' }, version)
    spoil(system)
    expect((await demote(system)).code).toBe(exit.success)
    expect(roleIn(kernel)).toBe('Secondary')
    expect((await stop(system)).code).toBe(exit.success)
    expect(kernel.minors.size).toBe(0)
  })

  test('an invalid configuration does not hide that the device is in use', async () => {
    const { system } = await started({ role: 'Primary', isOpen: true }, version)
    system.put('/etc/drbd.d/c0.res', 'resource c0 {')
    expect((await stop(system)).reasons).toEqual([
      expect.stringMatching(/^stop timed out: .*drbdsetup down c0 exited with 11: .*held open/),
    ])
  })
})

test('a promote with an invalid configuration is refused, because the handlers could not run (OCF_ERR_ARGS)', async () => {
  const { system, kernel } = await started()
  system.put('/etc/drbd.d/c1.res', 'resource c1 {')
  const { code, reasons } = await promote(system)
  expect(code).toBe(exit.invalidHere)
  expect(reasons).toEqual([expect.stringContaining('the DRBD configuration of this node is invalid')])
  expect(roleIn(kernel)).toBe('Secondary')
})

test('a stop takes down a resource that neither debugfs nor the configuration names', async () => {
  const { system, kernel } = await started({ role: 'Primary' })
  system.take('/sys/kernel/debug/drbd/minors/0')
  system.take('/etc/drbd.d/c0.res')
  expect((await stop(system)).code).toBe(exit.success)
  expect(kernel.minors.size).toBe(0)
})

test('a stop of a resource that was never up runs no command', async () => {
  const { system } = stopped()
  expect((await stop(system)).code).toBe(exit.success)
  expect(system.commands).toEqual([])
})
