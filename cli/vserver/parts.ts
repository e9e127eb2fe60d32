import type { Vserver } from '../../cloud/cloud.ts'
import { vserverIds } from '../../cloud/ids.ts'
import { parseActiveResources, parseSettledResources } from '../../cloud/pacemaker/active-resources.ts'
import { type Failure, parseClusterStatus } from '../../cloud/pacemaker/cluster-status.ts'
import { monitorCluster } from '../../system/pacemaker/cib/cib.ts'
import type { System } from '../../system/system.ts'
import { poll } from '../clouds/lifecycle.ts'

/** As long as its agent may take to start one that fails twice before. */
const START_SECONDS = 600

/** The ids of the primitives of a vserver, whether it has an address or not. */
export function partsOf({ name }: Pick<Vserver, 'name'>): string[] {
  const { address, container } = vserverIds(name)
  return [address, container]
}

interface Waiting {
  readonly earlier: readonly Failure[]
  readonly interruption: AbortSignal
  /** Resources without which the containers cannot start, and that start before them. */
  readonly below?: readonly string[]
}

/**
 * Waits until the containers are ready: Pacemaker reports a resource as active as soon as its start begins.
 * @throws Error that names what is not running, at once when a start fails that had not failed in `earlier`.
 */
export async function waitUntilReady(
  system: System,
  vservers: readonly Vserver[],
  { earlier, interruption, below = [] }: Waiting,
): Promise<void> {
  const parts = [...vservers.flatMap(partsOf), ...below]
  const known = new Set(earlier.map(failureKey))
  await poll(system, { seconds: START_SECONDS, interruption }, async () => {
    const monitor = await monitorCluster(system)
    const failure = parseClusterStatus(monitor).failures.find(
      found => parts.includes(found.resource) && !found.isDegraded && !known.has(failureKey(found)),
    )
    if (failure)
      throw new Error(`${failure.action} of ${failure.resource} failed on ${failure.node}: ${failure.reason}`)
    const ready = parseSettledResources(monitor)
    const missing = vservers.filter(({ name }) => ready.every(({ id }) => id !== vserverIds(name).container))
    if (missing.length === 0) return undefined
    return `${missing.map(({ name }) => name).join(', ')} not ready after ${START_SECONDS} s; see "crm_mon -1rf"`
  })
}

const failureKey = ({ resource, node, action, reason }: Failure) => [resource, node, action, reason].join('\n')

/** The failures that Pacemaker lists now. */
export async function knownFailures(system: System): Promise<readonly Failure[]> {
  return parseClusterStatus(await monitorCluster(system)).failures
}

/** The node that runs the container of a vserver, or starts it. @throws RangeError where none does. */
export function runningNodeOf(monitor: string, { name, state }: Pick<Vserver, 'name' | 'state'>): string {
  const { container } = vserverIds(name)
  const node = parseActiveResources(monitor).find(({ id }) => id === container)?.node
  if (node !== undefined) return node
  const todo =
    state === 'standby' ? `start it with "vhacs vserver --active ${name}"` : `see "vhacs vserver --info ${name}"`
  throw new RangeError(`${name} does not run: ${todo} (nothing was run)`)
}
