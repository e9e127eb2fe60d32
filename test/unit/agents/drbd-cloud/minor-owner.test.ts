import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import type { FakeDrbd } from '../../../fake/drbd/drbd.ts'
import {
  demote,
  monitor,
  probe,
  promote,
  roleIn,
  start,
  started,
  stop,
  stopped,
  validate,
} from '../../../fake/nodes/drbd-cloud.ts'
import type { FakeSystem } from '../../../fake/system.ts'
import { liveFile } from '../../../fake/tree.ts'

/* DRBD 8.4 takes minors, which a configuration may assign to a resource while they belong to another one in the kernel. */

const others = (text: string) => `resource c1 { disk /dev/x; ${text} }`

const ELSEWHERE = {
  'that is for other nodes': others(
    'device /dev/drbd0; on beta { address 10.0.0.2:1; } on gamma { address 10.0.0.3:1; }',
  ),
  'that is for other nodes, with their devices': others(
    'on beta { device /dev/drbd0; } on gamma { device /dev/drbd0; }',
  ),
}

const WRONG = {
  'with the minor of another resource': others('on alpha { device /dev/drbd0; } on beta { device /dev/drbd0; }'),
  'with that minor in each floating section': others(
    'floating 192.0.2.1:1 { device minor 0; } floating 192.0.2.2:1 { device minor 0; }',
  ),
}

const c1 = { drbd_resource: 'c1' }

/** c0 is primary; c1 is not up, and configured like this. */
async function beside(text: string, isBlind: boolean) {
  const { system, kernel } = await started({ role: 'Primary' })
  if (isBlind) system.take('/sys/kernel/debug')
  system.put('/etc/drbd.d/c1.res', text)
  return { system, kernel }
}

function untouched(kernel: FakeDrbd, system: FakeSystem) {
  expect(roleIn(kernel)).toBe('Primary')
  expect([...kernel.minors.keys()]).toEqual([0])
  const changes = system.commands.filter(([, verb = '']) => !['show', 'sh-dev', 'adjust'].includes(verb))
  expect(changes.filter(([tool]) => tool !== 'crm_attribute')).toEqual([])
}

describe.each([
  ['debugfs shows owners', false],
  ['debugfs is not mounted', true],
])('where %s', (_, isBlind) => {
  test.each(
    Object.entries({ ...ELSEWHERE, ...WRONG }),
  )('a configuration %s does not claim another resource', async (_, text) => {
    const { system, kernel } = await beside(text, isBlind)
    expect((await probe(system, c1)).code).toBe(exit.notRunning)
    expect((await demote(system, c1)).code).toBe(exit.genericError)
    expect((await promote(system, c1)).code).toBe(exit.genericError)
    expect((await stop(system, c1)).code).toBe(exit.success)
    untouched(kernel, system)
  })

  test.each(
    Object.entries(ELSEWHERE),
  )('a start with a configuration %s is refused, and names its nodes (OCF_ERR_ARGS)', async (_, text) => {
    const { system, kernel } = await beside(text, isBlind)
    expect(await start(system, c1)).toMatchObject({
      code: exit.invalidHere,
      reasons: [
        expect.stringMatching(/^DRBD resource c1 is configured for beta and gamma, not for this node, alpha: correct /),
      ],
    })
    untouched(kernel, system)
  })

  test("a resource whose minor changed in the configuration is demoted and stopped by the kernel's minor", async () => {
    const { system, kernel } = await started({ role: 'Primary' })
    kernel.minors.set(1, { ...kernel.fresh, role: 'Primary' })
    if (isBlind) system.take('/sys/kernel/debug')
    system.put('/etc/drbd.d/c0.res', 'resource c0 { on alpha { device /dev/drbd1; } on beta { device /dev/drbd1; } }')
    expect((await demote(system)).code).toBe(exit.success)
    expect(roleIn(kernel)).toBe('Secondary')
    expect(kernel.minors.get(1)).toMatchObject({ role: 'Primary' })
    expect(await promote(system)).toMatchObject({
      code: exit.genericError,
      reasons: ['c0 is minor 0 in DRBD, but not in the configuration: run "drbdadm down c0; drbdadm up c0"'],
    })
    expect((await stop(system)).code).toBe(exit.success)
    expect([...kernel.minors.keys()]).toEqual([1])
  })
})

test('a recurring monitor starts no process even if debugfs is not mounted; a probe queries the kernel once', async () => {
  const { system } = await started()
  system.take('/sys/kernel/debug')
  system.put('/run/vhacs/score-drbd-cloud', `10000  ${system.now()}\n`)
  await monitor(system)
  expect(system.commands.filter(([tool]) => tool === 'drbdsetup')).toEqual([])
  await probe(system)
  expect(system.commands.filter(([tool]) => tool === 'drbdsetup')).toEqual([['drbdsetup', 'show', 'all']])
})

test('a recurring monitor queries the kernel about a minor that two resources claim', async () => {
  const { system } = await beside(WRONG['with the minor of another resource'], true)
  expect((await monitor(system)).code).toBe(exit.runningPromoted)
  expect((await monitor(system, c1)).code).toBe(exit.notRunning)
})

describe('a resource that /proc/drbd shows in an unknown form', () => {
  const OTHER =
    'version: 8.4.11 (api:1/proto:86-101)\n 0: cs:Connected st:Primary/Secondary ds:UpToDate/UpToDate C r---\n'

  test('is neither stopped nor running, and a stop takes it down', async () => {
    const { system, kernel } = await started({ role: 'Primary' })
    const { read } = system
    const text = () => (kernel.minors.has(0) ? OTHER : read('/proc/drbd'))
    system.read = path => (path === '/proc/drbd' ? text() : read(path))
    const unexpected = '/proc/drbd: unexpected line "0: cs:Connected st:Primary/Secondary ds:UpToDate/UpToDate C '
    expect(await monitor(system)).toMatchObject({
      code: exit.genericError,
      reasons: [expect.stringContaining(unexpected)],
    })
    expect((await probe(system)).code).toBe(exit.genericError)
    expect((await promote(system)).code).toBe(exit.genericError)
    expect((await stop(system)).code).toBe(exit.success)
    expect(kernel.minors.size).toBe(0)
  })

  test('does not affect the other resources', async () => {
    const { system } = await started()
    const text = system.read('/proc/drbd')
    system.put(
      '/proc/drbd',
      liveFile(() => `${text} 1: cs:Odd\n`),
    )
    expect((await monitor(system)).code).toBe(exit.success)
  })
})

describe('a configuration that only drbdadm understands', () => {
  const FLOATING = `resource c0 {
  floating 192.0.2.1:7789 { device minor 0; disk /dev/x; }
  floating 192.0.2.2:7789 { device minor 5; disk /dev/x; }
}`

  test('is left to drbdadm by start, promote and demote', async () => {
    const { system, kernel } = stopped()
    system.put('/etc/drbd.d/c0.res', FLOATING)
    expect((await validate(system)).code).toBe(exit.success)
    expect((await start(system)).code).toBe(exit.success)
    expect(system.commands).toContainEqual(['drbdadm', 'sh-dev', 'c0'])
    expect((await promote(system)).code).toBe(exit.success)
    expect(roleIn(kernel)).toBe('Primary')
    expect((await demote(system)).code).toBe(exit.success)
    expect((await stop(system)).code).toBe(exit.success)
    expect(kernel.minors.size).toBe(0)
  })

  test.each<[string, (system: FakeSystem) => unknown]>([
    ['refuses another file', system => system.put('/etc/drbd.d/c9.res', 'resource c9 {')],
    ['is not installed', system => system.tools.delete('drbdadm')],
  ])('does not prevent demote and stop if drbdadm %s', async (_, spoil) => {
    const { system, kernel } = await started({ role: 'Primary' })
    system.put('/etc/drbd.d/c0.res', FLOATING)
    spoil(system)
    expect((await demote(system)).code).toBe(exit.success)
    expect(roleIn(kernel)).toBe('Secondary')
    expect((await stop(system)).code).toBe(exit.success)
    expect(kernel.minors.size).toBe(0)
  })

  test('and that has several volumes there is refused', async () => {
    const { system } = stopped()
    system.put('/etc/drbd.d/c0.res', FLOATING)
    system.tools.set('drbdadm', () => ({ status: 0, stdout: '/dev/drbd0\n/dev/drbd1\n' }))
    expect(await start(system)).toMatchObject({
      code: exit.invalidHere,
      reasons: ['DRBD resource c0 has 2 volumes on this node; it must have exactly one'],
    })
  })

  test("and that is for other nodes is refused with drbdadm's message", async () => {
    const { system } = stopped()
    system.put('/etc/drbd.d/c0.res', FLOATING.replaceAll('192.0.2.1', '192.0.2.9'))
    expect(await start(system)).toMatchObject({
      code: exit.invalidHere,
      reasons: [expect.stringContaining('DRBD resource c0 is not configured on this node')],
    })
  })
})

describe('where debugfs is not mounted and drbdsetup cannot show the owners of minors', () => {
  const TEXT = 'on alpha { device /dev/drbd1; address 10.0.0.1:2; } on beta { device /dev/drbd1; address 10.0.0.2:2; }'

  async function blind(role: 'Primary' | 'Secondary' = 'Secondary') {
    const { system, kernel } = await started({ role })
    system.take('/sys/kernel/debug')
    const usual = system.tools.get('drbdsetup')
    const failure = { status: 20, stderr: 'error sending config command\n' }
    system.tools.set('drbdsetup', (args, options) => (args[0] === 'show' ? failure : (usual?.(args, options) ?? 1)))
    return { system, kernel }
  }

  test.each(['Primary', 'Secondary'] as const)('a stop takes the resource down by its name (%s)', async role => {
    const { system, kernel } = await blind(role)
    expect(await stop(system)).toMatchObject({ code: exit.success })
    expect([...kernel.minors.keys()]).toEqual([])
  })

  test('a stop of a resource that DRBD does not have succeeds, and leaves the others alone', async () => {
    const { system, kernel } = await blind('Primary')
    system.put('/etc/drbd.d/c1.res', others(TEXT))
    expect(await stop(system, c1)).toMatchObject({ code: exit.success })
    expect([...kernel.minors.keys()]).toEqual([0])
    expect(roleIn(kernel)).toBe('Primary')
  })

  test.each([
    ['a probe', probe],
    ['a demotion', demote],
  ])('%s fails with the message of drbdsetup, and changes nothing', async (_, act) => {
    const { system, kernel } = await blind('Primary')
    const { code, reasons } = await act(system)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([
      expect.stringContaining('drbdsetup show all exited with 20: error sending config command'),
    ])
    expect(roleIn(kernel)).toBe('Primary')
  })
})
