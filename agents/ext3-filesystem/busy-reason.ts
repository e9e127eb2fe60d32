import { failed } from '../../ocf/exit.ts'
import type { Finished } from '../../system/system.ts'
import { mountFailure } from './exit-status.ts'
import { kernelUsers } from './kernel-users.ts'
import { namesOf } from './kill-users.ts'
import type { MountContext } from './parameters.ts'
import { nameOf, type Target } from './targets.ts'
import { type TargetFilesystems, type User, usersOf } from './users.ts'

/** What keeps a mount from being taken away. */
export interface Obstacle {
  /** Who can be made to leave. */
  readonly users: readonly User[]
  /** All that is seen, as the end of a sentence. */
  readonly inUse: string
}

/** What has been tried on a target. */
export interface Attempt {
  /** All that is to be unmounted. */
  readonly doomed: TargetFilesystems
  /** How umount ended; undefined where it would do harm. */
  readonly finished: Finished | undefined
}

/**
 * What keeps a target mounted. Those to be made to leave use what is to be unmounted: what another file system that is mounted
 * on that is busy with is not ours to end, but may be the same processes, as in a container.
 * @throws OcfError when umount has failed for another reason.
 */
export async function busyReason(context: MountContext, target: Target, tried: Attempt): Promise<Obstacle> {
  const { system, deadline } = context
  const { mount, space } = target
  const { doomed, finished } = tried
  const isKept = finished === undefined || !isBusy(finished)
  if (isKept && finished !== undefined && !(space && isLocked(finished))) throw mountFailure(finished)
  const users = await usersOf(system, doomed, deadline.signal)
  if (isKept && users.length === 0) return namespaceHolders(context, target, finished)
  const other = { devices: new Set([mount.device]), points: new Set([mount.mountPoint]) }
  const isOther = !isKept && !doomed.devices.has(mount.device)
  const seen = isOther ? await usersOf(system, other, deadline.signal) : users
  const named = [namesOf(seen), ...kernelUsers(system, mount.device)].filter(Boolean).join(', ')
  return { users, inUse: `, in use by ${named || 'nothing that /proc shows'}` }
}

/**
 * Of a mount that is there still: then a success is none. A node that has no process for umount may have one when users have
 * ended.
 */
export function isBusy({ status, stderr, isUnstarted }: Finished): boolean {
  return status === 0 || isUnstarted === true || stderr.includes('busy')
}

/**
 * Whether the kernel refuses to unmount it in a namespace at all (EINVAL), as in that of a container with users of its own:
 * there it goes when the last process of the namespace is gone.
 */
function isLocked({ stderr }: Finished): boolean {
  return /not mounted|invalid argument/i.test(stderr)
}

/** Those who keep it mounted merely by living there. @throws OcfError when they may not be ended. */
function namespaceHolders({ parameters }: MountContext, target: Target, finished: Finished | undefined): Obstacle {
  const { mount, space } = target
  const users = (space?.processes ?? []).map(process => ({ ...process, uses: 'its mount namespace' }))
  const why = finished ? mountFailure(finished).message : `${mount.source} is ${nameOf(target)}`
  if (parameters.force_unmount !== 'yes')
    throw failed(`${why}; it stays mounted there as long as ${namesOf(users)} live`)
  return { users, inUse: `, in use by ${namesOf(users)}` }
}
