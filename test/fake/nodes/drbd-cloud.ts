import { drbdCloud } from '../../../agents/drbd-cloud/index.ts'
import { call } from '../call.ts'
import { drbd, type FakeDrbd, type FakeMinor } from '../drbd/drbd.ts'
import { type FakeSystem, type FakeTool, fakeSystem } from '../system.ts'

/** The parameters of the one resource that it has. */
export const parameters = { drbd_resource: 'c0' }

/** A node where DRBD is configured and not loaded. */
export function idleNode(version?: string): { system: FakeSystem; kernel: FakeDrbd } {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  return { system, kernel: drbd(system, { c0: 0, c1: 1 }, version) }
}

/** A node with the resource up, like this. */
export async function nodeWith(minor: Partial<FakeMinor> = {}, version?: string) {
  const { system, kernel } = idleNode(version)
  await call(drbdCloud, 'start', { system, parameters })
  kernel.minors.set(0, { ...kernel.fresh, ...minor })
  system.commands.length = 0
  return { system, kernel }
}

/** The role of the resource in the kernel. */
export function roleIn({ minors }: FakeDrbd): string | undefined {
  const minor = minors.get(0)
  return minor === undefined || minor === 'unconfigured' ? minor : minor.role
}

/** What crm_attribute was told, without the name of the resource. */
export function scoresTold(system: FakeSystem): string[] {
  return system.commands.filter(([tool]) => tool === 'crm_attribute').map(words => words.slice(5).join(' '))
}

/** A tool that never ends by itself; whoever runs it with a time of his own is told so, as by the host. */
export const hangs: FakeTool = (_, { timeoutSeconds }) =>
  new Promise(resolve => {
    if (timeoutSeconds === undefined) return
    const ended = { status: undefined, stderr: `timed out after ${timeoutSeconds} s` }
    setTimeout(() => resolve(ended), timeoutSeconds * 1000)
  })
