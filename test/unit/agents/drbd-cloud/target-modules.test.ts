import { describe, expect, test } from 'vitest'
import { drbdCloud } from '../../../../agents/drbd-cloud/index.ts'
import { exit } from '../../../../ocf/exit.ts'
import { call, recurring } from '../../../fake/call.ts'
import { started, stopped } from '../../../fake/nodes/drbd-cloud.ts'
import { network } from '../../../fake/proc/network.ts'
import type { FakeSystem } from '../../../fake/system.ts'

const parameters = { drbd_resource: 'c0', portals: '10.77.1.100:3260' }
const RELEASE = '6.1.0-37-amd64'
const REASON =
  "this side cannot take over the export because its kernel cannot load iscsi_target_mod: the running kernel's modules are gone: put the node in standby and reboot it"

function perform(system: FakeSystem, action: string, given: Readonly<Record<string, string>> = parameters) {
  const environment = action === 'monitor' ? recurring : {}
  return call(drbdCloud, action, { system, parameters: given, environment })
}

/** A node whose kernel was upgraded, with two of the modules loaded. */
function upgraded(system: FakeSystem): void {
  network(system, { name: 'eth1', addresses: ['10.77.1.1/24'], hasCarrier: true })
  system.put('/proc/sys/kernel/osrelease', `${RELEASE}\n`)
  for (const module of ['target_core_mod', 'target_core_iblock']) system.put(`/sys/module/${module}/refcnt`, '0\n')
}

describe('a side that is not in use, on a node whose kernel was upgraded', () => {
  test('is degraded without the modules of the target', async () => {
    const { system } = await started({ role: 'Secondary' })
    upgraded(system)
    const { code, reasons } = await perform(system, 'monitor')
    expect(code).toBe(exit.degraded)
    expect(reasons).toEqual([REASON])
  })

  test.each([
    ['they are loaded', (system: FakeSystem) => system.put('/sys/module/iscsi_target_mod/refcnt', '0\n')],
    ['they can be loaded', (system: FakeSystem) => system.put(`/lib/modules/${RELEASE}/modules.dep`, '')],
    ['the kernel does not say its release', (system: FakeSystem) => system.remove('/proc/sys/kernel/osrelease')],
  ])('is not, where %s', async (_, change) => {
    const { system } = await started({ role: 'Secondary' })
    upgraded(system)
    await change(system)
    expect((await perform(system, 'monitor')).code).toBe(exit.success)
  })

  test('is not without portals: nothing shows that it is exported here', async () => {
    const { system } = await started({ role: 'Secondary' })
    upgraded(system)
    expect((await perform(system, 'monitor', { drbd_resource: 'c0' })).code).toBe(exit.success)
  })

  test('is not degraded for that while it is in use', async () => {
    const { system } = await started({ role: 'Primary' })
    upgraded(system)
    expect((await perform(system, 'monitor')).code).toBe(exit.runningPromoted)
  })
})

describe('a start', () => {
  const loads = (system: FakeSystem) =>
    system.commands.filter(([tool]) => tool === 'modprobe').map(words => words.join(' '))

  test('loads the modules of the target, if it has clients', async () => {
    const { system } = stopped()
    expect((await perform(system, 'start')).code).toBe(exit.success)
    expect(loads(system)).toContain('modprobe -a target_core_mod target_core_iblock iscsi_target_mod')
  })

  test('does not without portals', async () => {
    const { system } = stopped()
    expect((await perform(system, 'start', { drbd_resource: 'c0' })).code).toBe(exit.success)
    expect(loads(system)).not.toContainEqual(expect.stringContaining('iscsi'))
  })

  test('succeeds with a warning when they cannot be loaded', async () => {
    const { system } = stopped()
    const load = system.tools.get('modprobe')
    system.tools.set('modprobe', (args, options) =>
      args.includes('iscsi_target_mod') ? { status: 1, stderr: 'not found' } : (load?.(args, options) ?? 0),
    )
    const { code, stderr } = await perform(system, 'start')
    expect(code).toBe(exit.success)
    expect(stderr).toContain('this side could not take over the export: the kernel modules')
  })
})
