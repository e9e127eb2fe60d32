import { drbdCloud } from '../../../agents/drbd-cloud/index.ts'
import { call } from '../call.ts'
import { drbd, type FakeDrbd, type FakeMinor } from '../drbd/drbd.ts'
import { type FakeSystem, type FakeTool, fakeSystem } from '../system.ts'
import { actionOf, actionsOf } from './actions.ts'

/** The parameters of the one resource that it has. */
export const parameters = { drbd_resource: 'c0' }

export const { start, stop, monitor, probe, validate } = actionsOf(drbdCloud, parameters)
export const promote = actionOf(drbdCloud, parameters, ['promote'])
export const demote = actionOf(drbdCloud, parameters, ['demote'])

/** Calls an action by its name, a monitor as a recurring one. */
export function perform(action: string, system: FakeSystem) {
  return action === 'monitor' ? monitor(system) : call(drbdCloud, action, { system, parameters })
}

/** Notifies of an action before or after it. */
export function notify(when: 'pre' | 'post', operation: string, system: FakeSystem) {
  const environment = { OCF_RESKEY_CRM_meta_notify_type: when, OCF_RESKEY_CRM_meta_notify_operation: operation }
  return call(drbdCloud, 'notify', { system, parameters, environment })
}

/** A node where DRBD is configured and not loaded. */
export function stopped(version?: string): { system: FakeSystem; kernel: FakeDrbd } {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  return { system, kernel: drbd(system, { c0: 0, c1: 1 }, version) }
}

/** A node with the resource up, like this. */
export async function started(minor: Partial<FakeMinor> = {}, version?: string) {
  const { system, kernel } = stopped(version)
  await start(system)
  kernel.minors.set(0, { ...kernel.fresh, ...minor })
  system.commands.length = 0
  return { system, kernel }
}

/** The role of the resource in the kernel. */
export function roleIn({ minors }: FakeDrbd): string | undefined {
  const minor = minors.get(0)
  return minor === undefined || minor === 'unconfigured' ? minor : minor.role
}

/** The arguments of crm_attribute, without the name of the resource. */
export function reportedScores(system: FakeSystem): string[] {
  return system.commands.filter(([tool]) => tool === 'crm_attribute').map(words => words.slice(5).join(' '))
}

/** A tool that never ends by itself; a call with its own timeout times out, as on the host. */
export const hangs: FakeTool = (_, { timeoutSeconds }) =>
  new Promise(resolve => {
    if (timeoutSeconds === undefined) return
    const ended = { status: undefined, stderr: `timed out after ${timeoutSeconds} s` }
    setTimeout(() => resolve(ended), timeoutSeconds * 1000)
  })
