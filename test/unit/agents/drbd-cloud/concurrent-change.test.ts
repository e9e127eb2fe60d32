import { describe, expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import type { FakeDrbd } from '../../../fake/drbd/drbd.ts'
import { demote, promote, roleIn, start, started, stop, stopped } from '../../../fake/nodes/drbd-cloud.ts'
import type { FakeSystem } from '../../../fake/system.ts'

/* An operator, or an action that Pacemaker gave up, does the same at the same time. */

/** Whenever the tool is about to act, another process is faster; the tool then fails like this. */
function beFaster(system: FakeSystem, tool: string, act: () => void, failure: { status: number; stderr: string }) {
  const usual = system.tools.get(tool)
  system.tools.set(tool, (args, options) => {
    if (args[0] === 'show' || args[0] === 'status') return usual?.(args, options) ?? 1
    act()
    return failure
  })
}

const UNKNOWN = { status: 10, stderr: 'c0: Failure: (158) Unknown resource\n' }
const NOT_ALLOCATED = { status: 10, stderr: '0: Failure: (127) Device minor not allocated\n' }
const UNCONFIGURED = { status: 1, stderr: "'c0' not defined in your config (for this host).\n" }

const goes = (kernel: FakeDrbd) => () => kernel.minors.clear()
const becomes = (kernel: FakeDrbd, role: string) => () => kernel.minors.set(0, { ...kernel.fresh, role })

describe.each(['8.4.11', '9.1.13'])('DRBD %s', version => {
  describe.each([UNKNOWN, NOT_ALLOCATED, UNCONFIGURED])('%j', failure => {
    test('stop: it was taken down meanwhile', async () => {
      const { system, kernel } = await started({ role: 'Primary' }, version)
      beFaster(system, 'drbdadm', goes(kernel), failure)
      beFaster(system, 'drbdsetup', goes(kernel), UNKNOWN)
      expect((await stop(system)).code).toBe(exit.success)
    })

    test('demote: it was made secondary meanwhile', async () => {
      const { system, kernel } = await started({ role: 'Primary' }, version)
      beFaster(system, 'drbdadm', becomes(kernel, 'Secondary'), failure)
      beFaster(system, 'drbdsetup', () => {}, failure)
      expect((await demote(system)).code).toBe(exit.success)
    })

    test('promote: it was made primary meanwhile', async () => {
      const { system, kernel } = await started({}, version)
      beFaster(system, 'drbdadm', becomes(kernel, 'Primary'), failure)
      expect((await promote(system)).code).toBe(exit.success)
      expect(roleIn(kernel)).toBe('Primary')
    })
  })

  test('stop: it is taken down before a refused attempt is repeated, and no other command runs', async () => {
    const { system, kernel } = await started({ role: 'Primary', isOpen: true }, version)
    setTimeout(goes(kernel), 2500)
    const { code } = await stop(system)
    const downs = system.commands.filter(words => words.includes('down')).length
    expect({ code, downs }).toEqual({ code: exit.success, downs: 3 })
  })
})

test.each([
  UNKNOWN,
  NOT_ALLOCATED,
])('start: another process undid a part of it (%j), which is repeated', async failure => {
  const { system, kernel } = stopped()
  const usual = system.tools.get('drbdadm')
  let calls = 0
  system.tools.set('drbdadm', (args, options) => (calls++ === 0 ? failure : (usual?.(args, options) ?? 1)))
  expect((await start(system)).code).toBe(exit.success)
  expect(kernel.minors.has(0)).toBe(true)
})
