import type { Cloud } from '../../cloud/cloud.ts'
import { resourceIds } from '../../cloud/names.ts'
import { destroyPatch, stopPatch } from '../../cloud/patch.ts'
import { readCib } from '../../cloud/read-cib.ts'
import { type ActiveResource, readMonitor } from '../../cloud/read-monitor.ts'
import { applyPatch, monitorCluster, queryCib } from '../../system/cluster.ts'
import { runOn } from '../../system/remote.ts'
import type { System } from '../../system/system.ts'

const POLL_MILLISECONDS = 2000
const START_SECONDS = 300
const STOP_SECONDS = 300

/** What Pacemaker runs at the moment. */
export async function activeResources(system: System): Promise<ActiveResource[]> {
  return readMonitor(await monitorCluster(system))
}

/**
 * Waits until the kernel of the node that Pacemaker names has the mount.
 * @throws Error that names what is not running, and what failed.
 */
export async function waitUntilMounted(system: System, cloud: Cloud): Promise<string> {
  const { filesystem } = resourceIds(cloud.name)
  const end = system.now() + START_SECONDS * 1000
  for (;;) {
    const resources = await activeResources(system)
    const node = resources.find(({ id }) => id === filesystem)?.node
    if (node !== undefined && (await isMounted(system, node, cloud.directory))) return node
    if (system.now() > end) throw new Error(await whyNotMounted(system, cloud))
    await system.sleep(POLL_MILLISECONDS)
  }
}

async function isMounted(system: System, node: string, directory: string): Promise<boolean> {
  const { status } = await runOn(system, node, ['findmnt', '--mountpoint', directory], { accepted: [0, 1] })
  return status === 0
}

async function whyNotMounted(system: System, { name, directory }: Cloud): Promise<string> {
  const active = (await activeResources(system)).map(({ id }) => id)
  const missing = primitiveIds(name).filter(id => !active.includes(id))
  return `${directory} is not mounted after ${START_SECONDS} s: ${missing.join(', ') || 'nothing'} not running; "crm_mon -1rf" says more`
}

/**
 * Stops a cloud from the mount down and takes it out of the CIB. Taking it out while it runs would leave Pacemaker to stop
 * its parts in any order.
 */
export async function removeFromCluster(system: System, cloud: Cloud): Promise<void> {
  const isConfigured = async () => {
    const { clouds, incomplete } = readCib(await queryCib(system))
    return [...clouds, ...incomplete].some(({ name }) => name === cloud.name)
  }
  if (!(await isConfigured())) return
  const running = await queryCib(system)
  await applyPatch(system, running, stopPatch(cloud.name, running))
  await waitUntilStopped(system, cloud)
  const cib = await queryCib(system)
  await applyPatch(system, cib, destroyPatch(cloud.name, cib))
}

/** What runs of a cloud, bottom first. */
function primitiveIds(cloud: string): string[] {
  const { lvm, drbd, target, address, session, filesystem } = resourceIds(cloud)
  return [lvm, drbd, target, address, session, filesystem]
}

async function waitUntilStopped(system: System, { name }: Cloud): Promise<void> {
  const parts = primitiveIds(name)
  const end = system.now() + STOP_SECONDS * 1000
  for (;;) {
    const running = (await activeResources(system)).filter(({ id }) => parts.includes(id))
    if (running.length === 0) return
    if (system.now() > end)
      throw new Error(
        `still running after ${STOP_SECONDS} s: ${running.map(({ id, node }) => `${id} on ${node}`).join(', ')}; "crm_mon -1rf" says more`,
      )
    await system.sleep(POLL_MILLISECONDS)
  }
}
