import { describe, expect, test } from 'vitest'
import { drbdCloud } from '../../../agents/drbd-cloud/index.ts'
import { exit } from '../../../ocf/exit.ts'
import { call, recurring } from '../../fake/call.ts'
import { ALONE, drbd, type FakeMinor } from '../../fake/drbd.ts'
import { modules } from '../../fake/modules.ts'
import { fakeSystem } from '../../fake/system.ts'
import { link } from '../../fake/tree.ts'

const parameters = { drbd_resource: 'c0' }

/** A node with the resource up, like this. */
async function nodeWith(minor: Partial<FakeMinor> = {}) {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  const kernel = drbd(system, { c0: 0 })
  await call(drbdCloud, 'start', { system, parameters })
  kernel.minors.set(0, { ...kernel.fresh, ...minor })
  system.commands.length = 0
  return { system, kernel }
}

const scoresTold = (commands: readonly string[][]) =>
  commands.filter(([tool]) => tool === 'crm_attribute').map(words => words.slice(5).join(' '))

describe('monitor', () => {
  test.each<[string, Partial<FakeMinor>, number, RegExp]>([
    ['split from its peer', { ...ALONE, connection: 'StandAlone' }, exit.degraded, /StandAlone/],
    ['without its peer', ALONE, exit.degraded, /^no connection to the peer \(WFConnection\); local disk UpToDate$/],
    [
      'as the target of a resync',
      { connection: 'SyncTarget', disk: 'Inconsistent' },
      exit.degraded,
      /^the local disk is Inconsistent, the peer's is UpToDate \(SyncTarget\)$/,
    ],
    [
      'as the source of a resync',
      { connection: 'SyncSource', role: 'Primary', peerDisk: 'Inconsistent' },
      exit.degradedPromoted,
      /^the peer's disk is Inconsistent \(SyncSource\)$/,
    ],
    ['promoted without its peer', { ...ALONE, role: 'Primary' }, exit.degradedPromoted, /WFConnection/],
    ['promoted without its disk', { role: 'Primary', disk: 'Diskless' }, exit.degradedPromoted, /Diskless/],
    ['with neither disk nor peer', { ...ALONE, disk: 'Diskless' }, exit.genericError, /neither its disk nor its peer/],
  ])('%s: %j answers %i with a reason', async (_, minor, code, reason) => {
    const { system } = await nodeWith(minor)
    const result = await call(drbdCloud, 'monitor', { system, parameters, environment: recurring })
    expect(result.code).toBe(code)
    expect(result.reasons).toEqual([expect.stringMatching(reason)])
  })

  test('of a healthy resource runs no command', async () => {
    const { system } = await nodeWith()
    await call(drbdCloud, 'monitor', { system, parameters, environment: recurring })
    expect(system.commands).toEqual([])
  })

  test('tells a changed promotion score once', async () => {
    const { system } = await nodeWith(ALONE)
    await call(drbdCloud, 'monitor', { system, parameters, environment: recurring })
    await call(drbdCloud, 'monitor', { system, parameters, environment: recurring })
    expect(scoresTold(system.commands)).toEqual(['--update 1000'])
  })

  test('that finds Pacemaker deaf tells the score again next time, and does not fail', async () => {
    const { system } = await nodeWith(ALONE)
    system.tools.set('crm_attribute', () => ({ status: 102, stderr: 'Could not connect to the cluster' }))
    const results = [
      await call(drbdCloud, 'monitor', { system, parameters, environment: recurring }),
      await call(drbdCloud, 'monitor', { system, parameters, environment: recurring }),
    ]
    expect(results.map(({ code }) => code)).toEqual([exit.degraded, exit.degraded])
    expect(scoresTold(system.commands)).toHaveLength(2)
  })

  test('that cannot note the score that it told does not fail', async () => {
    const { system } = await nodeWith()
    system.take('/run/vhacs')
    system.put('/run/vhacs', 'a file')
    const result = await call(drbdCloud, 'monitor', { system, parameters, environment: recurring })
    expect(result).toMatchObject({ code: exit.success, reasons: [] })
    expect(scoresTold(system.commands)).toEqual(['--update 10000'])
  })

  test('finds a resource whose configuration was taken away by the link of udev', async () => {
    const { system } = await nodeWith()
    system.take('/etc/drbd.d/c0.res')
    system.put('/dev/drbd/by-res/c0/0', link('../../../drbd0'))
    const { code } = await call(drbdCloud, 'monitor', { system, parameters, environment: recurring })
    expect(code).toBe(exit.success)
  })

  test('keeps watching the first volume when the configuration has got a second', async () => {
    const { system } = await nodeWith()
    system.put('/etc/drbd.d/c0.res', 'resource c0 { volume 0 { device minor 0; } volume 1 { device minor 1; } }')
    expect((await call(drbdCloud, 'monitor', { system, parameters })).code).toBe(exit.success)
  })
})

describe('start', () => {
  test('refuses a resource of two volumes (OCF_ERR_ARGS)', async () => {
    const system = fakeSystem({ '/proc/self/mountinfo': '' })
    drbd(system, { c0: 0 })
    system.put('/etc/drbd.d/c0.res', 'resource c0 { volume 0 { device minor 0; } volume 1 { device minor 1; } }')
    expect((await call(drbdCloud, 'start', { system, parameters })).code).toBe(exit.invalidHere)
  })

  test('loads the module, and waits for the peer no longer than wfc_timeout', async () => {
    const system = fakeSystem({ '/proc/self/mountinfo': '' })
    const kernel = drbd(system, { c0: 0 })
    Object.assign(kernel.fresh, ALONE)
    const begun = Date.now()
    const { code } = await call(drbdCloud, 'start', { system, parameters: { ...parameters, wfc_timeout: '8' } })
    expect(code).toBe(exit.success)
    expect(system.commands[0]).toEqual(['modprobe', '-a', 'drbd'])
    expect(Date.now() - begun).toBe(8000)
    expect(scoresTold(system.commands)).toEqual(['--update 1000'])
  })

  test('waits for a disk that is being attached', async () => {
    const system = fakeSystem({ '/proc/self/mountinfo': '' })
    const kernel = drbd(system, { c0: 0 })
    kernel.fresh.disk = 'Attaching'
    setTimeout(() => kernel.minors.set(0, { ...kernel.fresh, disk: 'UpToDate' }), 20_000)
    expect((await call(drbdCloud, 'start', { system, parameters })).code).toBe(exit.success)
  })

  test('without a configuration here is refused (OCF_ERR_ARGS), and nothing is loaded', async () => {
    const system = fakeSystem({ '/proc/self/mountinfo': '' })
    drbd(system, {})
    const { code, reasons } = await call(drbdCloud, 'start', { system, parameters })
    expect(code).toBe(exit.invalidHere)
    expect(reasons).toEqual([expect.stringContaining('/etc/drbd.d/c0.res is missing')])
    expect(system.commands).toEqual([])
  })

  test('without the module is refused (OCF_ERR_INSTALLED)', async () => {
    const system = fakeSystem({ '/proc/self/mountinfo': '' })
    drbd(system, { c0: 0 })
    modules(system, {})
    const { code, reasons } = await call(drbdCloud, 'start', { system, parameters })
    expect(code).toBe(exit.notInstalled)
    expect(reasons).toEqual([expect.stringMatching(/^the kernel modules drbd cannot all be loaded: .*not found/)])
  })

  test('with another version of DRBD is refused (OCF_ERR_INSTALLED)', async () => {
    const system = fakeSystem({ '/proc/self/mountinfo': '' })
    drbd(system, { c0: 0 }).version = '9.1.13'
    const { code, reasons } = await call(drbdCloud, 'start', { system, parameters })
    expect(code).toBe(exit.notInstalled)
    expect(reasons).toEqual(['the kernel module drbd is version 9.1.13; 8.4 is expected'])
  })
})

describe('a configuration that is damaged', () => {
  const damages = [
    ['a section that is never closed', 'resource c0 { device /dev/drbd0;'],
    ['a device that is none of DRBD', 'resource c0 { device /dev/sda; }'],
  ] as const

  /** A node where it is not up, with the module loaded or not. */
  function nodeWithDamage(text: string) {
    const system = fakeSystem({ '/proc/self/mountinfo': '' })
    const kernel = drbd(system, { c0: 0, c1: 1 })
    system.put('/etc/drbd.d/c0.res', text)
    return { system, kernel }
  }

  describe.each(damages)('by %s', (_, text) => {
    test('is no failure where DRBD was never loaded: it is stopped', async () => {
      const { system } = nodeWithDamage(text)
      for (const environment of [{}, recurring])
        expect((await call(drbdCloud, 'monitor', { system, parameters, environment })).code).toBe(exit.notRunning)
      expect(await call(drbdCloud, 'stop', { system, parameters })).toMatchObject({ code: exit.success, reasons: [] })
    })

    test.each<[string, readonly number[]]>([
      ['no resource', []],
      ['another resource', [1]],
    ])('is no failure where DRBD runs %s: it is stopped', async (_what, minors) => {
      const { system, kernel } = nodeWithDamage(text)
      await system.run({ name: 'modprobe', package: 'kmod' }, ['-a', 'drbd'])
      for (const minor of minors) kernel.minors.set(minor, { ...kernel.fresh })
      expect((await call(drbdCloud, 'monitor', { system, parameters })).code).toBe(exit.notRunning)
      expect(await call(drbdCloud, 'stop', { system, parameters })).toMatchObject({ code: exit.success, reasons: [] })
    })

    test('does not blind the monitor: the link of udev tells the minor', async () => {
      const { system } = await nodeWith({ role: 'Primary' })
      system.put('/dev/drbd/by-res/c0/0', link('../../../drbd0'))
      system.put('/etc/drbd.d/c0.res', text)
      const { code } = await call(drbdCloud, 'monitor', { system, parameters, environment: recurring })
      expect(code).toBe(exit.runningPromoted)
    })

    test('is refused by a start, and nothing is loaded', async () => {
      const { system } = nodeWithDamage(text)
      const { code, reasons } = await call(drbdCloud, 'start', { system, parameters })
      expect(code).not.toBe(exit.success)
      expect(reasons).toEqual([expect.stringContaining('DRBD configuration: ')])
      expect(system.commands).toEqual([])
    })
  })
})

describe('promote', () => {
  test.each([
    'Inconsistent',
    'Outdated',
    'Diskless',
    'Failed',
  ])('is refused at once with %s data and no good peer', async disk => {
    const { system } = await nodeWith({ connection: 'Connected', disk, peerDisk: 'Inconsistent' })
    const { code, reasons } = await call(drbdCloud, 'promote', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringContaining(`the local data are ${disk}`)])
    expect(system.commands).toEqual([])
  })

  test('waits for the other side to be demoted', async () => {
    const { system, kernel } = await nodeWith({ peerRole: 'Primary' })
    setTimeout(() => kernel.minors.set(0, { ...kernel.fresh }), 5000)
    expect((await call(drbdCloud, 'promote', { system, parameters })).code).toBe(exit.success)
    expect(kernel.minors.get(0)?.role).toBe('Primary')
  })

  test('gives up before the timeout in the words of DRBD', async () => {
    const { system } = await nodeWith({ peerRole: 'Primary' })
    const { code, reasons } = await call(drbdCloud, 'promote', { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(
        /^promote gave up: not finished after 89\.5 s, while making c0 primary: .*Multiple primaries/,
      ),
    ])
  })
})

describe('demote and stop', () => {
  test.each(['demote', 'stop'])('%s of a device in use fails and names the users', async action => {
    const { system } = await nodeWith({ role: 'Primary', isOpen: true })
    system.put('/sys/block/drbd0/dev', '147:0\n')
    system.put('/proc/self/mountinfo', '30 1 147:0 / /mnt/c0 rw - ext3 /dev/drbd0 rw\n')
    const { code, reasons } = await call(drbdCloud, action, { system, parameters })
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringMatching(/^\/dev\/drbd0 is in use by mount \/mnt\/c0; drbdadm .* exited with 11/),
    ])
  })

  test('stop takes the promotion score away', async () => {
    const { system } = await nodeWith()
    await call(drbdCloud, 'stop', { system, parameters })
    expect(scoresTold(system.commands)).toEqual(['--delete'])
  })

  test('the score is that of the clone, without the number of the instance', async () => {
    const { system } = await nodeWith()
    await call(drbdCloud, 'stop', { system, parameters, environment: { OCF_RESOURCE_INSTANCE: 'c0-drbd:1' } })
    expect(system.commands.at(-1)).toEqual([
      'crm_attribute',
      '--promotion',
      'c0-drbd',
      '--lifetime',
      'reboot',
      '--delete',
    ])
  })
})

test('a probe of a resource that is not up does not touch the score', async () => {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  drbd(system, { c0: 0 })
  expect((await call(drbdCloud, 'monitor', { system, parameters })).code).toBe(exit.notRunning)
  expect(system.commands).toEqual([])
})

test.each([
  ['post', ['--update 10000']],
  ['pre', []],
])('a %s-notification tells the score %j, whatever was told before', async (when, told) => {
  const { system } = await nodeWith()
  const environment = {
    OCF_RESKEY_CRM_meta_notify_type: when,
    OCF_RESKEY_CRM_meta_notify_operation: 'start',
  }
  await call(drbdCloud, 'notify', { system, parameters, environment })
  expect(scoresTold(system.commands)).toEqual(told)
})
