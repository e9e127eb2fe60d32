import { describe, expect, test, vi } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { LOST_FILE, loseFileOnce } from '../../../fake/cluster/drbdadm.ts'
import { exitStatuses } from '../../../fake/exit-statuses.ts'
import { hangs, notify, perform, roleIn, start, started, stopped } from '../../../fake/nodes/drbd-cloud.ts'
import type { FakeSystem, FakeTool } from '../../../fake/system.ts'

/* Each tool that the agent calls: missing, failing with each status that it documents, printing rubbish, hanging. */

const OUT_OF_ORDER = 'out of order'

/** Whatever the tool does, it does it so. */
const failsWith =
  (status: number | undefined, stderr = `${OUT_OF_ORDER}\n`): FakeTool =>
  () => ({ status, stderr, stdout: '\u0000\u001b[31m<rubbish/>\n' })

/** Performs an action on a node where it has something to do. */
async function performOn(action: string, spoil: (system: FakeSystem) => void, version = '8.4.11') {
  const role = action === 'demote' || action === 'stop' ? 'Primary' : 'Secondary'
  const { system, kernel } = action === 'start' ? stopped(version) : await started({ role }, version)
  spoil(system)
  return { system, kernel, running: perform(action, system) }
}

/** Lets whatever hangs reach the end of its time. */
async function untilDeadline<T>(running: Promise<T>): Promise<T> {
  await vi.advanceTimersByTimeAsync(150_000)
  return running
}

const one = (reason: unknown) => [reason]

describe('drbdadm', () => {
  test.each([
    ['start', exit.notInstalled],
    ['promote', exit.notInstalled],
  ])('missing: %s answers %i and names the package', async (action, code) => {
    const { running } = await performOn(action, system => system.tools.delete('drbdadm'))
    expect(await running).toMatchObject({
      code,
      reasons: ['drbdadm is not installed on this node: install the package drbd-utils'],
    })
  })

  test.each(['demote', 'stop'])('missing: %s does without it', async action => {
    const { running } = await performOn(action, system => system.tools.delete('drbdadm'))
    expect((await running).code).toBe(exit.success)
  })

  test('missing, and drbdsetup with it: stop names the package', async () => {
    const { running } = await performOn('stop', system => {
      system.tools.delete('drbdadm')
      system.tools.delete('drbdsetup')
    })
    expect((await running).reasons).toEqual(one(expect.stringContaining('install the package drbd-utils')))
  })

  const statuses = [1, 2, 3, 5, 10, 16, 20, 42, 255]
  test.each(statuses)('ends with %i: start fails once, in its words', async status => {
    const { running, system } = await performOn('start', node => node.tools.set('drbdadm', failsWith(status)))
    expect(await running).toMatchObject({
      code: exit.genericError,
      reasons: [`drbdadm adjust c0 exited with ${status}: ${OUT_OF_ORDER}`],
    })
    expect(system.commands.filter(([tool]) => tool === 'drbdadm')).toHaveLength(1)
  })

  test.each(statuses)('ends with %i: promote fails at once, in its words', async status => {
    const { running, kernel } = await performOn('promote', system => system.tools.set('drbdadm', failsWith(status)))
    expect(await running).toMatchObject({
      code: exit.genericError,
      reasons: [`drbdadm primary c0 exited with ${status}: ${OUT_OF_ORDER}`],
    })
    expect(roleIn(kernel)).toBe('Secondary')
  })

  test.each([11, 17, undefined])('ends with %j: promote tries until its time is up', async status => {
    const { running, system } = await performOn('promote', node => node.tools.set('drbdadm', failsWith(status)))
    expect((await running).reasons).toEqual(one(expect.stringMatching(/^promote timed out: .*out of order$/)))
    expect(system.commands.length).toBeGreaterThan(50)
  })

  test.each(statuses)('ends with %i: demote and stop ask drbdsetup instead', async status => {
    for (const action of ['demote', 'stop']) {
      const { running } = await performOn(action, system => system.tools.set('drbdadm', failsWith(status)))
      expect(await running).toMatchObject({ code: exit.success, reasons: [] })
    }
  })

  test('cuts its own command short: stop tries again', async () => {
    const said = "Command 'drbdsetup-84 down c0' did not terminate within 121 seconds"
    const { running, system, kernel } = await performOn('stop', node => node.tools.set('drbdadm', failsWith(20, said)))
    setTimeout(() => kernel.minors.clear(), 5000)
    system.tools.set('drbdadm', () => (kernel.minors.size > 0 ? { status: 20, stderr: said } : 0))
    expect((await running).code).toBe(exit.success)
  })

  test.each(['start', 'promote', 'demote', 'stop'])('hangs: %s ends at its deadline and says where', async action => {
    const { running } = await performOn(action, system => system.tools.set('drbdadm', hangs))
    const { code, reasons } = await untilDeadline(running)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual(
      one(expect.stringMatching(/timed out: .*, while (bringing c0 up|making c0|taking c0 down)/)),
    )
  })

  test('hangs: a notification that asks it ends at its deadline', async () => {
    const { system, kernel } = await started()
    kernel.minors.set(0, { ...kernel.fresh, connection: 'StandAlone' })
    system.tools.set('drbdadm', hangs)
    expect((await untilDeadline(notify('pre', 'start', system))).reasons).toHaveLength(1)
  })
})

describe('while another cloud is destroyed, drbdadm loses its file', () => {
  test.each(['start', 'promote', 'demote', 'stop', 'validate-all'])('once: %s asks again', async action => {
    const { running, system } = await performOn(action, loseFileOnce)
    expect(await running).toMatchObject({ code: exit.success, reasons: [] })
    expect(system.commands.filter(([tool]) => tool === 'drbdsetup')).toEqual([])
  })

  test('again and again: start says which', async () => {
    const { running, system } = await performOn('start', node => node.tools.set('drbdadm', () => LOST_FILE))
    expect(await running).toMatchObject({
      code: exit.invalidHere,
      reasons: [expect.stringMatching(/^the DRBD configuration of this node is invalid.*drbd\.d\/c9\.res/)],
    })
    expect(system.commands.filter(([tool]) => tool === 'drbdadm')).toHaveLength(5)
  })
})

describe('what drbdadm says of a start', () => {
  test.each<[string, number, RegExp]>([
    [
      'No valid meta data found',
      exit.invalidHere,
      /no valid DRBD meta-data on this node; .*run "drbdadm create-md c0"/,
    ],
    [
      'Found meta data is "unclean", please apply-al first',
      exit.invalidHere,
      /^the activity log in the DRBD meta-data of c0 .*"drbdadm apply-al c0"; if that fails too/,
    ],
    [
      "0: Failure: (165) Unclean meta-data found.\nYou need to 'drbdadm apply-al res'\n",
      exit.invalidHere,
      /^the activity log in the DRBD meta-data of c0/,
    ],
    [
      '0: Failure: (111) Low.dev. smaller than requested DRBD-dev. size.',
      exit.invalidHere,
      /^the disk of c0 on this node is too small/,
    ],
    ['0: Failure: (112) Meta device too small.', exit.invalidHere, /^the disk of c0 on this node is too small/],
    [
      '0: Failure: (170) Implicit device shrinking not allowed. See kernel log.',
      exit.invalidHere,
      /^the disk of c0 on this node is too small/,
    ],
    [
      '0: Failure: (118) IO error(s) occurred during initial access to meta-data.',
      exit.genericError,
      /^the disk of c0 fails: its DRBD meta-data cannot be read/,
    ],
    [
      "pread(3,...,4096,33550336) in md_initialize_common:al failed: Input/output error\nCommand 'drbdmeta 0 v08 /dev/vhacs/c0 internal apply-al' terminated with exit code 20",
      exit.genericError,
      /^the disk of c0 fails/,
    ],
    [
      '0: Failure: (150) Can only attach to the data we lost last (see kernel log).',
      exit.genericError,
      /^the disk of c0 does not have the data that are in use/,
    ],
    [
      'API mismatch!\n\tAPI version drbdsetup: 2 kernel: 1\n\theader size drbdsetup: 16 kernel: 8',
      exit.notInstalled,
      /do not match the kernel module/,
    ],
    [
      '0: Failure: (137) Kernel does not know how to handle your request.\nMaybe API_VERSION mismatch?',
      exit.notInstalled,
      /do not match the kernel module/,
    ],
    [
      '0: Error code 190 unknown.\nYou should update the drbd userland tools.',
      exit.notInstalled,
      /do not match the kernel module/,
    ],
    [
      "'c0' not defined in your config (for this host).",
      exit.invalidHere,
      /^DRBD resource c0 is not configured on this node \(/,
    ],
    [
      "'c0' ignored, since this host (alpha) is not mentioned with an 'on' keyword.",
      exit.invalidHere,
      /^DRBD resource c0 is not configured on this node \(/,
    ],
    [
      "drbd.d/c1.res:3: conflicting use of device-minor 'device-minor:alpha:0' ...\ndrbd.d/c0.res:3: device-minor 'device-minor:alpha:0' first used here.",
      exit.invalidHere,
      /^the DRBD configuration of this node is invalid.*conflicting use of device-minor/,
    ],
    [
      'execvp() failed to exec drbdadm-84: No such file or directory',
      exit.notInstalled,
      /do not match the kernel module/,
    ],
    ["Could not connect to 'drbd' generic netlink family", exit.notInstalled, /do not match the kernel module/],
    [
      "open(/dev/vhacs/c0) failed: No such file or directory\nCommand 'drbdmeta 0 v08 /dev/vhacs/c0 internal apply-al' terminated with exit code 20",
      exit.genericError,
      /^the disk of c0 does not exist \(.*\/dev\/vhacs\/c0/,
    ],
    [
      'open(/dev/vhacs/c0) failed: Device or resource busy',
      exit.genericError,
      /^the disk of c0 is in use by something else/,
    ],
    [
      'c0: Failure: (102) Local address(port) already in use.',
      exit.genericError,
      /^another DRBD resource .* already uses the address and port of c0/,
    ],
  ])('%j answers %i', async (stderr, code, reason) => {
    const { running } = await performOn('start', system => system.tools.set('drbdadm', failsWith(1, stderr)))
    expect(await running).toMatchObject({ code, reasons: [expect.stringMatching(reason)] })
  })

  test('a minor that another resource has got is named with that resource', async () => {
    const stderr = `??: Failure: (162) Invalid configuration request
additional info from kernel:
minor exists in different resource
Command 'drbdsetup-84 new-minor c0 1 0' terminated with exit code 10
`
    const { system, kernel } = stopped()
    await system.run({ name: 'modprobe', package: 'kmod' }, ['-a', 'drbd'])
    kernel.minors.set(1, { ...kernel.fresh })
    system.tools.set('drbdadm', failsWith(1, stderr))
    expect((await start(system)).reasons).toEqual(
      one(expect.stringMatching(/^the minor of c0 is already in use by resource c1 \(/)),
    )
  })
})

describe('drbdsetup, with DRBD 9', () => {
  const actions = ['monitor', 'promote', 'demote', 'stop']

  test.each(actions)('missing: %s answers "not installed"', async action => {
    const { running } = await performOn(action, system => system.tools.delete('drbdsetup'), '9.1.13')
    expect((await running).code).toBe(exit.notInstalled)
  })

  test.each([1, 2, 5, 10, 11, 17, 20, 255])('ends with %i: a monitor fails, in its words', async status => {
    const spoil = (system: FakeSystem) => system.tools.set('drbdsetup', failsWith(status))
    const { running } = await performOn('monitor', spoil, '9.1.13')
    expect(await running).toMatchObject({
      code: exit.genericError,
      reasons: [`drbdsetup status c0 --json exited with ${status}: ${OUT_OF_ORDER}`],
    })
  })

  test.each(actions)('prints rubbish: %s fails and shows it', async action => {
    const spoil = (system: FakeSystem) => system.tools.set('drbdsetup', failsWith(0))
    const { running } = await performOn(action, spoil, '9.1.13')
    expect(await running).toMatchObject({
      code: exit.genericError,
      reasons: [expect.stringContaining('unexpected output')],
    })
  })

  test('is that of DRBD 8.4: the mismatch is named (OCF_ERR_INSTALLED)', async () => {
    const spoil = (system: FakeSystem) =>
      system.tools.set('drbdsetup', failsWith(20, "status: unrecognized option '--json'"))
    const { running } = await performOn('monitor', spoil, '9.1.13')
    expect(await running).toMatchObject({
      code: exit.notInstalled,
      reasons: [expect.stringMatching(/^drbd-utils on this node do not match the kernel module drbd/)],
    })
  })

  test.each(actions)('hangs: %s ends at its deadline', async action => {
    const { running } = await performOn(action, system => system.tools.set('drbdsetup', hangs), '9.1.13')
    const { code, reasons } = await untilDeadline(running)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual(one(expect.stringContaining('timed out: not finished after')))
  })
})

describe('drbdsetup, with DRBD 8.4, when nothing else tells whose a minor is', () => {
  test.each(['', '\n', 'Segmentation fault\n'])('shows %j: that is no reason to call it stopped', async stdout => {
    const { running } = await performOn('monitor', system => {
      system.take('/etc/drbd.d/c0.res')
      system.take('/sys/kernel/debug')
      system.tools.set('drbdsetup', () => ({ status: 0, stdout }))
    })
    expect(await running).toMatchObject({
      code: exit.genericError,
      reasons: [expect.stringContaining('drbdsetup show all: unexpected output')],
    })
  })
})

describe('crm_attribute', () => {
  const actions = ['start', 'monitor', 'promote', 'demote', 'stop']

  test.each(actions)('missing: %s succeeds all the same, and says so in the log', async action => {
    const { running } = await performOn(action, system => {
      if (action !== 'start') system.take('/run/vhacs')
      system.tools.delete('crm_attribute')
    })
    const { code, stderr } = await running
    expect(code).toBe(exit.success)
    expect(stderr).toContain('crm_attribute is not installed on this node')
  })

  test.each([...exitStatuses.crm_attribute, undefined])('ends with %j: no action fails for that', async status => {
    for (const action of actions) {
      const { running } = await performOn(action, system => {
        if (action !== 'start') system.take('/run/vhacs')
        system.tools.set('crm_attribute', failsWith(status))
      })
      expect(await running).toMatchObject({ code: exit.success, reasons: [] })
    }
  })

  test.each(actions)('hangs: %s waits ten seconds for it at most, and succeeds', async action => {
    const begun = Date.now()
    const { running } = await performOn(action, system => {
      if (action !== 'start') system.take('/run/vhacs')
      system.tools.set('crm_attribute', hangs)
    })
    let ended = 0
    void running.then(() => {
      ended = Date.now()
    })
    const { code, reasons } = await untilDeadline(running)
    expect({ code, reasons }).toEqual({ code: exit.success, reasons: [] })
    expect(ended - begun).toBeLessThanOrEqual(10_000)
  })
})

describe('modprobe', () => {
  test('missing: start names the package (OCF_ERR_INSTALLED)', async () => {
    const { running } = await performOn('start', system => system.tools.delete('modprobe'))
    expect(await running).toMatchObject({ code: exit.notInstalled, reasons: [expect.stringContaining('package kmod')] })
  })

  test.each([1, 2, 255, undefined])('ends with %j: start cannot go on (OCF_ERR_INSTALLED)', async status => {
    const { running } = await performOn('start', system => system.tools.set('modprobe', failsWith(status)))
    expect(await running).toMatchObject({
      code: exit.notInstalled,
      reasons: [expect.stringContaining(OUT_OF_ORDER)],
    })
  })

  test('cannot be started for want of processes: that bans the start from no node (OCF_ERR_GENERIC)', async () => {
    const { running } = await performOn('start', system => {
      const unstarted = { command: 'modprobe', status: undefined, isUnstarted: true, stdout: '', stderr: '' } as const
      system.run = async () => unstarted
    })
    expect(await running).toMatchObject({
      code: exit.genericError,
      reasons: [expect.stringContaining('modprobe could not be started')],
    })
  })

  test('succeeds without having loaded anything: start says so (OCF_ERR_INSTALLED)', async () => {
    const { running } = await performOn('start', system => system.tools.set('modprobe', failsWith(0)))
    expect(await running).toMatchObject({
      code: exit.notInstalled,
      reasons: ['the kernel module drbd is loaded, but /proc/drbd is missing'],
    })
  })

  test('hangs: start ends at its deadline and says where', async () => {
    const { running } = await performOn('start', system => system.tools.set('modprobe', hangs))
    expect((await untilDeadline(running)).reasons).toEqual(
      one(expect.stringMatching(/^start timed out: .*, while loading the module drbd$/)),
    )
  })
})
