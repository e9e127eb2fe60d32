import { degraded, incomplete, type State, started, stopped, stoppedBecause } from '../../ocf/state.ts'
import { errorCount } from '../../system/block/block-devices.ts'
import { type Mount, READ_ONLY_OPTIONS } from '../../system/proc/mountinfo.ts'
import type { Process } from '../../system/proc/process-stat.ts'
import { type MountState, mountState } from './mount-state.ts'
import { describeProcess, findOrphan } from './orphaned-tool.ts'
import type { MountContext } from './parameters.ts'

type StateParameters = Pick<MountContext['parameters'], 'device' | 'directory' | 'options'>

/** The resource as this node shows it. */
export interface Seen {
  readonly mount: MountState
  /** The tool of an earlier start that is still working on the device; searched for only if the resource is not mounted. */
  readonly orphan: Process | undefined
  /** Number of errors that the kernel found in the file system since its last e2fsck. */
  readonly errors: number
}

/** Reads /proc and /sys; does no I/O on the device, starts no process and changes nothing. */
export function inspect(context: Pick<MountContext, 'parameters' | 'system' | 'instance'>): Seen {
  const { parameters, system } = context
  const mount = mountState(system, parameters)
  const isMounted = mount.ours !== undefined
  const errors = isMounted && mount.name !== undefined ? errorCount(system, mount.name) : 0
  return { mount, orphan: isMounted ? undefined : findOrphan(context), errors }
}

/** The state of the resource. */
export function stateOf(seen: Seen, parameters: StateParameters): State {
  const { mount, orphan } = seen
  const { device } = parameters
  if (mount.systemMount !== undefined)
    return stoppedBecause(`${device} holds this node's own file system, mounted on ${mount.systemMount.mountPoint}`)
  if (mount.ours !== undefined) return mountedState(mount.ours, seen, parameters)
  if (orphan !== undefined) return incomplete(`${describeProcess(orphan)} is still working on ${device}`)
  return unmountedState(mount, parameters)
}

/** A mount of autofs: the mount of another program, often an entry of /etc/fstab, appears on it at the first access. */
export function isAutomount({ fileSystem }: Mount): boolean {
  return fileSystem === 'autofs'
}

/** The obstacle, and what to do about it. */
export function automountText(directory: string): string {
  return `${directory} is an automount point: stop its automount unit (systemctl list-units -t automount), and remove it from /etc/fstab`
}

function mountedState(
  ours: Mount,
  { mount: { top, number }, errors }: Seen,
  { device, directory, options }: StateParameters,
): State {
  if (number !== ours.device) return incomplete(`${device}, mounted on ${directory}, is gone`)
  if (ours !== top) {
    const above = top?.source ?? 'another mount'
    return incomplete(`the mount on ${directory} is hidden by ${above}: unmount ${above}`)
  }
  if (!options.includes('ro') && READ_ONLY_OPTIONS.some(word => [...ours.superOptions, ...ours.options].includes(word)))
    return incomplete(`${directory} is read-only, probably after an error: check the kernel log`)
  // a start leaves no errors, so these are newer
  if (!(errors > 0)) return started
  if (options.includes('errors=continue'))
    return degraded(
      'started',
      `the kernel found ${errors} errors in the file system on ${device}: restart the resource to run e2fsck`,
    )
  return incomplete(`${directory} is read-only: the kernel found errors in it; check the kernel log`)
}

/** Not stopped while the kernel uses the file system anywhere on this node: a start elsewhere would destroy it. */
function unmountedState({ top, elsewhere, isInUse }: MountState, { device, directory }: StateParameters): State {
  if (elsewhere.length > 0) {
    const points = elsewhere.map(({ mountPoint }) => mountPoint).join(', ')
    return incomplete(`${device} is not mounted on ${directory}, but on ${points}`)
  }
  if (isInUse)
    return incomplete(
      `${device} is not mounted on ${directory}, but its file system is still in use: in another mount namespace, or because unmounting it has not finished`,
    )
  if (top === undefined) return stopped
  return stoppedBecause(
    isAutomount(top) ? automountText(directory) : `${top.source} is mounted on ${directory}, not ${device}`,
  )
}
