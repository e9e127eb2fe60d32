import { listNames } from '../files.ts'
import { type RunOptions, type System, ToolMissing } from '../system.ts'
import type { Bound } from './drbdadm.ts'
import { statusByDrbdsetup, statusesByDrbdsetup } from './drbdsetup-status.ts'
import { expectedMinors, kernelMinors, resourcesInDebugfs, shownMinors } from './minors.ts'
import { procDrbd, showsState, statusOfMinors } from './proc-drbd.ts'
import type { FoundDrbd } from './status.ts'

/**
 * The status of a resource on this node; undefined when it is not up. For recurring monitors: with DRBD 8.4 no process is started
 * where debugfs or, failing that, the configuration shows the owner of each minor.
 * DRBD 9 shows no state in any file, so `drbdsetup status --json` is run, unless nothing is up on the node.
 */
export function drbdStatus(system: System, resource: string, bound: Bound): Promise<FoundDrbd> {
  return statusBy(system, resource, { bound, minorsOf: expectedMinors })
}

/**
 * The same, for actions. The configuration may have changed or be another node's, and a minor that it assigns to the resource may
 * belong to another one in the kernel. So where debugfs does not show the owner of a DRBD 8.4 minor, drbdsetup is run; with DRBD 9 also
 * where debugfs does not show the resources, because one without a volume has no device.
 */
export function verifiedDrbdStatus(system: System, resource: string, bound: Bound): Promise<FoundDrbd> {
  return statusBy(system, resource, { bound, minorsOf: kernelMinors, isCertain: true })
}

/**
 * The same, for a handler. While a handler runs, DRBD 8.4 may hold a lock that drbdsetup needs, so drbdsetup is not run if DRBD has
 * passed a minor; after a resync that is the minor of one volume only. The bound must end the call in time.
 */
export function handlersDrbdStatus(
  system: System,
  { resource, minors }: { readonly resource: string; readonly minors: readonly number[] },
  bound: Bound,
): Promise<FoundDrbd> {
  const andOthers: Way['minorsOf'] = async (_system, wanted) => [
    ...new Set([...minors, ...(shownMinors(system, wanted) ?? [])]),
  ]
  return statusBy(system, resource, { bound, minorsOf: minors.length > 0 ? andOthers : expectedMinors })
}

/**
 * The status of all resources in DRBD 9, by their names: where any has a device, by one process for all of them, which may take so long.
 * @throws ToolFailed, ToolMissing, DrbdUtilsMismatch
 */
export async function allStatusesOfNine(
  system: System,
  options: Pick<RunOptions, 'timeoutSeconds'>,
): Promise<ReadonlyMap<string, NonNullable<FoundDrbd>>> {
  return isAnyUp(system) ? statusesByDrbdsetup(system, options) : new Map()
}

interface Way {
  readonly bound: Bound
  readonly minorsOf: typeof kernelMinors
  /** Whether DRBD 9 must be asked where nothing shows whether it has the resource. */
  readonly isCertain?: true
}

async function statusBy(system: System, resource: string, { bound, minorsOf, isCertain }: Way): Promise<FoundDrbd> {
  const proc = procDrbd(system)
  if (proc === undefined) return undefined
  if (!showsState(proc)) {
    if (isAnyUp(system)) return statusByDrbdsetup(system, resource, bound)
    const isShown = resourcesInDebugfs(system)?.includes(resource) ?? isCertain
    return isShown ? statusIfInstalled(system, resource, bound) : undefined
  }
  const minors = await minorsOf(system, { resource, up: [...proc.minors.keys()] }, bound)
  if (minors.length > 0) return statusOfMinors(proc, minors)
  return resourcesInDebugfs(system)?.includes(resource) ? { leftover: `resource ${resource} has no volume` } : undefined
}

const isAnyUp = (system: System) => listNames(system, '/sys/block').some(name => name.startsWith('drbd'))

/** Of a resource without a device: where drbdsetup is not installed, it is left out, because nothing can use it. */
async function statusIfInstalled(system: System, resource: string, bound: Bound): Promise<FoundDrbd> {
  try {
    return await statusByDrbdsetup(system, resource, bound)
  } catch (error) {
    if (error instanceof ToolMissing) return undefined
    throw error
  }
}
