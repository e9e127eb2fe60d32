import { describe, expect, test, vi } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { LOST_FILE, loseFileOnce } from '../../../fake/cluster/drbdadm.ts'
import { exitStatuses } from '../../../fake/exit-statuses.ts'
import { hangs, notify, perform, roleIn, start, started, stopped } from '../../../fake/nodes/drbd-cloud.ts'
import type { FakeSystem, FakeTool } from '../../../fake/system.ts'

/* Each tool that the agent runs: missing, failing with each documented status, printing garbage, hanging. */

const OUT_OF_ORDER = 'out of order'

/** A tool that always fails in this way. */
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

/** Lets what hangs reach its deadline. */
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

  test.each(['demote', 'stop'])('missing: %s succeeds with drbdsetup', async action => {
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
  test.each(statuses)('exits with %i: start fails at once, with its message', async status => {
    const { running, system } = await performOn('start', node => node.tools.set('drbdadm', failsWith(status)))
    expect(await running).toMatchObject({
      code: exit.genericError,
      reasons: [`drbdadm adjust c0 exited with ${status}: ${OUT_OF_ORDER}`],
    })
    expect(system.commands.filter(([tool]) => tool === 'drbdadm')).toHaveLength(1)
  })

  test.each(statuses)('exits with %i: promote fails at once, with its message', async status => {
    const { running, kernel } = await performOn('promote', system => system.tools.set('drbdadm', failsWith(status)))
    expect(await running).toMatchObject({
      code: exit.genericError,
      reasons: [`drbdadm primary c0 exited with ${status}: ${OUT_OF_ORDER}`],
    })
    expect(roleIn(kernel)).toBe('Secondary')
  })

  test.each([11, 17, undefined])('exits with %j: promote is retried until it times out', async status => {
    const { running, system } = await performOn('promote', node => node.tools.set('drbdadm', failsWith(status)))
    expect((await running).reasons).toEqual(one(expect.stringMatching(/^promote timed out: .*out of order$/)))
    expect(system.commands.length).toBeGreaterThan(50)
  })

  test.each(statuses)('exits with %i: demote and stop use drbdsetup instead', async status => {
    for (const action of ['demote', 'stop']) {
      const { running } = await performOn(action, system => system.tools.set('drbdadm', failsWith(status)))
      expect(await running).toMatchObject({ code: exit.success, reasons: [] })
    }
  })

  test('kills its own command: stop is retried', async () => {
    const said = "Command 'drbdsetup-84 down c0' did not terminate within 121 seconds"
    const { running, system, kernel } = await performOn('stop', node => node.tools.set('drbdadm', failsWith(20, said)))
    setTimeout(() => kernel.minors.clear(), 5000)
    system.tools.set('drbdadm', () => (kernel.minors.size > 0 ? { status: 20, stderr: said } : 0))
    expect((await running).code).toBe(exit.success)
  })

  test.each(['start', 'promote', 'demote', 'stop'])('hangs: %s times out and names the step', async action => {
    const { running } = await performOn(action, system => system.tools.set('drbdadm', hangs))
    const { code, reasons } = await untilDeadline(running)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual(
      one(expect.stringMatching(/timed out: .*, while (bringing c0 up|making c0|taking c0 down)/)),
    )
  })

  test('hangs: a notification times out', async () => {
    const { system, kernel } = await started()
    kernel.minors.set(0, { ...kernel.fresh, connection: 'StandAlone' })
    system.tools.set('drbdadm', hangs)
    expect((await untilDeadline(notify('pre', 'start', system))).reasons).toHaveLength(1)
  })
})

describe('while another cloud is destroyed, a file vanishes under drbdadm', () => {
  test.each(['start', 'promote', 'demote', 'stop', 'validate-all'])('once: %s runs it again', async action => {
    const { running, system } = await performOn(action, loseFileOnce)
    expect(await running).toMatchObject({ code: exit.success, reasons: [] })
    expect(system.commands.filter(([tool]) => tool === 'drbdsetup')).toEqual([])
  })

  test('again and again: start names the file', async () => {
    const { running, system } = await performOn('start', node => node.tools.set('drbdadm', () => LOST_FILE))
    expect(await running).toMatchObject({
      code: exit.invalidHere,
      reasons: [expect.stringMatching(/^the DRBD configuration of this node is invalid.*drbd\.d\/c9\.res/)],
    })
    expect(system.commands.filter(([tool]) => tool === 'drbdadm')).toHaveLength(5)
  })
})

describe('a message of drbdadm at a start', () => {
  const MISMATCH = /do not match the kernel module/
  const TOO_SMALL = /^the disk of c0 on this node is too small/
  const UNCONFIGURED = /^DRBD resource c0 is not configured on this node \(/
  const APPLY_AL = "Command 'drbdmeta 0 v08 /dev/vhacs/c0 internal apply-al' terminated with exit code 20"
  const PREAD = 'pread(3,...,4096,33550336) in md_initialize_common:al failed: Input/output error'
  const OTHER_DATA = '0: Failure: (150) Can only attach to the data we lost last (see kernel log).'
  const CONFLICT =
    "drbd.d/c1.res:3: conflicting use of device-minor 'device-minor:alpha:0' ...\ndrbd.d/c0.res:3: device-minor 'device-minor:alpha:0' first used here."

  const { invalidHere: ARGS, notInstalled: MISSING, genericError: FAILED } = exit

  test.each<[number, RegExp, string]>([
    [
      ARGS,
      /no valid DRBD meta-data: if DRBD was upgraded, convert them; .*run "drbdadm create-md c0" on this node, .* say "yes" to the conversion/,
      'No valid meta data found',
    ],
    [
      ARGS,
      /^the activity log .*apply-al c0"; .*; if that fails too/,
      'Found meta data is "unclean", please apply-al first',
    ],
    [ARGS, /^the activity log /, "0: Failure: (165) Unclean meta-data found.\nYou need to 'drbdadm apply-al res'\n"],
    [ARGS, TOO_SMALL, '0: Failure: (111) Low.dev. smaller than requested DRBD-dev. size.'],
    [ARGS, TOO_SMALL, '0: Failure: (112) Meta device too small.'],
    [ARGS, TOO_SMALL, '0: Failure: (170) Implicit device shrinking not allowed. See kernel log.'],
    [FAILED, /^the disk of c0 fails: /, '0: Failure: (118) IO error(s) occurred during initial access to meta-data.'],
    [FAILED, /^the disk of c0 fails/, `${PREAD}\n${APPLY_AL}`],
    [FAILED, /^the disk of c0 does not have the data /, OTHER_DATA],
    [MISSING, MISMATCH, 'API mismatch!\n\tAPI version drbdsetup: 2 kernel: 1\n\theader size drbdsetup: 16 kernel: 8'],
    [
      MISSING,
      MISMATCH,
      '0: Failure: (137) Kernel does not know how to handle your request.\nMaybe API_VERSION mismatch?',
    ],
    [MISSING, MISMATCH, '0: Error code 190 unknown.\nYou should update the drbd userland tools.'],
    [ARGS, UNCONFIGURED, "'c0' not defined in your config (for this host)."],
    [ARGS, UNCONFIGURED, "'c0' ignored, since this host (alpha) is not mentioned with an 'on' keyword."],
    [ARGS, /^the DRBD configuration of this node is invalid.*conflicting use of device-minor/, CONFLICT],
    [MISSING, MISMATCH, 'execvp() failed to exec drbdadm-84: No such file or directory'],
    [MISSING, MISMATCH, "Could not connect to 'drbd' generic netlink family"],
    [FAILED, /^the disk of c0 does not exist \(/, `open(/dev/vhacs/c0) failed: No such file or directory\n${APPLY_AL}`],
    [FAILED, /^the disk of c0 is in use by something else/, 'open(/dev/vhacs/c0) failed: Device or resource busy'],
    [FAILED, /already uses the address and port of c0/, 'c0: Failure: (102) Local address(port) already in use.'],
  ])('exits with %i and matches %s: %j', async (code, reason, stderr) => {
    const { running } = await performOn('start', system => system.tools.set('drbdadm', failsWith(1, stderr)))
    expect(await running).toMatchObject({ code, reasons: [expect.stringMatching(reason)] })
  })

  test.each<[string, string, string, RegExp]>([
    [
      '9.3.3',
      'v08',
      '',
      /^the meta-data of c0 are of DRBD 8\.4, and DRBD 9 runs: load DRBD 8\.4, or convert them .*; never replace them/,
    ],
    [
      '8.4.11',
      'v09',
      ' --node-id 0',
      /^the meta-data of c0 are of DRBD 9, and DRBD 8\.4 runs: load DRBD 9, or convert them .*; never replace them/,
    ],
  ])('DRBD %s on meta-data %s: they are to be converted, not made', async (version, format, options, reason) => {
    const { running } = await performOn(
      'start',
      system => {
        system.tools.set('drbdadm', failsWith(1, 'No valid meta data found'))
        const question = `0 ${format} /dev/vhacs/c0 internal get-gi${options}`
        system.tools.set('drbdmeta', args => (args.join(' ') === question ? 0 : { status: 1 }))
      },
      version,
    )
    expect(await running).toMatchObject({ code: ARGS, reasons: [expect.stringMatching(reason)] })
  })

  test('a disk without meta-data of either version gets the same reason as where drbdmeta is missing', async () => {
    const withMeta = (status: number | undefined) => async () => {
      const { running } = await performOn('start', system => {
        system.tools.set('drbdadm', failsWith(1, 'No valid meta data found'))
        if (status !== undefined) system.tools.set('drbdmeta', failsWith(status))
      })
      return (await running).reasons
    }
    const [missing, none] = [await withMeta(undefined)(), await withMeta(1)()]
    expect(missing).toEqual([expect.stringMatching(/^the disk of c0 has no valid DRBD meta-data: /)])
    expect(none).toEqual(missing)
  })

  test('a minor in use is reported with the resource that uses it', async () => {
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

  test.each([1, 2, 5, 10, 11, 17, 20, 255])('exits with %i: a monitor fails with its message', async status => {
    const spoil = (system: FakeSystem) => system.tools.set('drbdsetup', failsWith(status))
    const { running } = await performOn('monitor', spoil, '9.1.13')
    expect(await running).toMatchObject({
      code: exit.genericError,
      reasons: [`drbdsetup status c0 --json exited with ${status}: ${OUT_OF_ORDER}`],
    })
  })

  test.each(actions)('prints garbage: %s fails and shows it', async action => {
    const spoil = (system: FakeSystem) => system.tools.set('drbdsetup', failsWith(0))
    const { running } = await performOn(action, spoil, '9.1.13')
    expect(await running).toMatchObject({
      code: exit.genericError,
      reasons: [expect.stringContaining('unexpected output')],
    })
  })

  test('is that of DRBD 8.4: the mismatch is reported (OCF_ERR_INSTALLED)', async () => {
    const spoil = (system: FakeSystem) =>
      system.tools.set('drbdsetup', failsWith(20, "status: unrecognized option '--json'"))
    const { running } = await performOn('monitor', spoil, '9.1.13')
    expect(await running).toMatchObject({
      code: exit.notInstalled,
      reasons: [expect.stringMatching(/^drbd-utils on this node do not match the kernel module drbd/)],
    })
  })

  test.each(actions)('hangs: %s times out', async action => {
    const { running } = await performOn(action, system => system.tools.set('drbdsetup', hangs), '9.1.13')
    const { code, reasons } = await untilDeadline(running)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual(one(expect.stringContaining('timed out: not finished after')))
  })
})

describe('drbdsetup, with DRBD 8.4, when nothing else shows which resource a minor belongs to', () => {
  test.each(['', '\n', 'Segmentation fault\n'])('prints %j: the resource is not reported as stopped', async stdout => {
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

  test.each(actions)('missing: %s succeeds and logs it', async action => {
    const { running } = await performOn(action, system => {
      if (action !== 'start') system.take('/run/vhacs')
      system.tools.delete('crm_attribute')
    })
    const { code, stderr } = await running
    expect(code).toBe(exit.success)
    expect(stderr).toContain('crm_attribute is not installed on this node')
  })

  test.each([...exitStatuses.crm_attribute, undefined])('exits with %j: no action fails', async status => {
    for (const action of actions) {
      const { running } = await performOn(action, system => {
        if (action !== 'start') system.take('/run/vhacs')
        system.tools.set('crm_attribute', failsWith(status))
      })
      expect(await running).toMatchObject({ code: exit.success, reasons: [] })
    }
  })

  test.each(actions)('hangs: %s waits at most ten seconds, and succeeds', async action => {
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

  test.each([1, 2, 255, undefined])('exits with %j: start fails (OCF_ERR_INSTALLED)', async status => {
    const { running } = await performOn('start', system => system.tools.set('modprobe', failsWith(status)))
    expect(await running).toMatchObject({ code: exit.notInstalled, reasons: [expect.stringContaining(OUT_OF_ORDER)] })
  })

  test('cannot be started for lack of processes: the node is not banned (OCF_ERR_GENERIC)', async () => {
    const { running } = await performOn('start', system => {
      const unstarted = { command: 'modprobe', status: undefined, isUnstarted: true, stdout: '', stderr: '' } as const
      system.run = async () => unstarted
    })
    expect(await running).toMatchObject({
      code: exit.genericError,
      reasons: [expect.stringContaining('modprobe could not be started')],
    })
  })

  test('succeeds without loading anything: start fails (OCF_ERR_INSTALLED)', async () => {
    const { running } = await performOn('start', system => system.tools.set('modprobe', failsWith(0)))
    expect(await running).toMatchObject({
      code: exit.notInstalled,
      reasons: ['the kernel module drbd is loaded, but /proc/drbd is missing'],
    })
  })

  test('hangs: start times out and names the step', async () => {
    const { running } = await performOn('start', system => system.tools.set('modprobe', hangs))
    expect((await untilDeadline(running)).reasons).toEqual(
      one(expect.stringMatching(/^start timed out: .*, while loading the module drbd$/)),
    )
  })
})
