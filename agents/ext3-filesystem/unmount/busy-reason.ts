import { failed, type OcfError } from '../../../ocf/exit.ts'
import {
  isAtOrBelow,
  type Namespace,
  namespaces,
  visibleMount,
  withThreads,
} from '../../../system/proc/mount-namespaces.ts'
import { mountInfo } from '../../../system/proc/mountinfo.ts'
import type { Finished, System } from '../../../system/system.ts'
import { mountFailure } from '../exit-status.ts'
import type { MountContext } from '../parameters.ts'
import { concealedUsers, oncePerProcess } from '../usage/concealed-users.ts'
import { describeUsers } from '../usage/describe-users.ts'
import { ordinaryUsers } from '../usage/guessed/ordinary-users.ts'
import { possibleUsers } from '../usage/guessed/possible-users.ts'
import { kernelUsers } from '../usage/kernel-users.ts'
import { describeTarget, type Target } from '../usage/targets.ts'
import { evidentUsers, type TargetFilesystems, type User, usersOf } from '../usage/users.ts'

/** What keeps a mount from being unmounted. */
export interface BusyReason {
  /** The processes that may be terminated. */
  readonly users: readonly User[]
  /** All users that are visible, as the end of a sentence. */
  readonly inUse: string
  /** Whether nothing is visible. */
  readonly isUnknown?: true
}

/** One attempt to unmount a target. */
export interface UnmountAttempt {
  /** All file systems that are to be unmounted. */
  readonly filesystems: TargetFilesystems
  /** The result of umount; undefined where running it would do harm. */
  readonly finished: Finished | undefined
  /** The number of grace periods for which its namespace, if it is another one, has kept it mounted without progress. */
  readonly graces: number
  /** Whether the second half of the stop's time has begun. */
  readonly isUrgent: boolean
  /** Whether the time for searching for users has run out. */
  readonly isOver: () => boolean
}

/**
 * What keeps a target mounted. Only users of the resource's own file system may be terminated. A foreign file system mounted on it
 * may have users of its own, which are named, and terminated only before the stop would fail; in a container both may have the same
 * users.
 * @throws OcfError when umount failed for another reason.
 */
export async function busyReason(context: MountContext, target: Target, attempt: UnmountAttempt): Promise<BusyReason> {
  const { system, parameters, deadline } = context
  const { mount, space } = target
  const { filesystems, finished, graces, isOver } = attempt
  const isRefused = finished === undefined || !isBusy(finished)
  if (isRefused && finished !== undefined && space === undefined) throw refusal(system, target, finished)
  const users = await allUsersOf(context, filesystems, isOver)
  if (isRefused && users.length === 0) {
    if (finished === undefined || isLocked(finished) || graces > 0) return namespaceHolders(context, target, finished)
    return { users, inUse: `: ${mountFailure(finished).message}` }
  }
  const foreign = { devices: new Set([mount.device]), points: new Set([mount.mountPoint]) }
  const isForeign = !isRefused && !filesystems.devices.has(mount.device)
  const search = { spaces: namespaces(system), signal: deadline.signal, isOver }
  const seen = isForeign ? await usersOf(system, foreign, search) : users
  const named = [describeUsers(system, seen), ...kernelUsers(system, mount.device)].filter(Boolean).join(', ')
  const terminated = isForeign && attempt.isUrgent && parameters.force_unmount === 'yes' ? [...users, ...seen] : users
  if (named !== '' || isRefused || isForeign)
    return { users: oncePerProcess(terminated), inUse: `, in use by ${named || 'nothing that /proc shows'}` }
  return perhapsInUse(context, attempt)
}

async function allUsersOf(
  { system, deadline }: MountContext,
  filesystems: TargetFilesystems,
  isOver: () => boolean,
): Promise<User[]> {
  const search = { spaces: namespaces(system), signal: deadline.signal, isOver }
  const users = await usersOf(system, filesystems, search)
  if (users.length > 0) return users
  return concealedUsers(system, filesystems, { ...search, spaces: withThreads(system, search.spaces) })
}

/**
 * They may hold other file systems instead, so they are terminated only with force_unmount=yes, and only if nothing else was found.
 */
async function perhapsInUse(
  { parameters, system, deadline }: MountContext,
  { filesystems, isUrgent, isOver }: UnmountAttempt,
): Promise<BusyReason> {
  const guessed = await possibleUsers(system, { signal: deadline.signal, isOver })
  const believing = { spaces: namespaces(system), isOver, believesNames: true } as const
  const further = isUrgent ? [...evidentUsers(system, filesystems, believing), ...ordinaryUsers(system)] : []
  const holders = oncePerProcess([...guessed, ...further])
  if (holders.length === 0) return { users: [], inUse: ', in use by nothing that /proc shows', isUnknown: true }
  const users = parameters.force_unmount === 'yes' ? holders : []
  return { users, inUse: `, perhaps in use by ${describeUsers(system, holders)}` }
}

/**
 * Whether a mount that still exists is busy; then even exit status 0 is not a success. One that umount did not finish with in its time
 * is, too; and a node that has no free process for umount may have one after the users have terminated.
 */
export function isBusy({ status, stderr }: Finished): boolean {
  return status === 0 || status === undefined || stderr.includes('busy')
}

/**
 * Whether the kernel refuses to unmount it in this namespace at all (EINVAL), as in a container with a user namespace of its own:
 * the kernel unmounts it there when the last process of the namespace exits.
 */
function isLocked({ stderr }: Finished): boolean {
  return /not mounted|invalid argument/i.test(stderr)
}

/** In our own namespace only an administrator can have hidden it, who knows the purpose of the hiding mount. */
function refusal(system: System, { mount: { id, mountPoint } }: Target, finished: Finished): OcfError {
  const above = visibleMount(mountInfo(system), mountPoint)
  if (above === undefined || above.id === id || !isAtOrBelow(mountPoint, above.mountPoint) || above.mountPoint === '/')
    return mountFailure(finished)
  return failed(
    `the mount on ${mountPoint} is hidden by ${above.source} on ${above.mountPoint}: umount ${above.mountPoint}`,
  )
}

/** The processes whose mere existence in a namespace keeps it mounted. @throws OcfError when they may not be terminated. */
function namespaceHolders(context: MountContext, target: Target, finished: Finished | undefined): BusyReason {
  const { mount, space } = target
  const users = holdersOf(space)
  const why = finished ? mountFailure(finished).message : `${mount.source} is ${describeTarget(context.system, target)}`
  if (context.parameters.force_unmount !== 'yes')
    throw failed(
      `a namespace keeps it mounted: set force_unmount=yes, or stop ${describeUsers(context.system, users)}: ${why}`,
    )
  return { users, inUse: `, in use by ${describeUsers(context.system, users)}` }
}

/** The same processes; none when they may not be terminated. */
export function removableHolders({ parameters }: MountContext, { space }: Target): readonly User[] {
  return parameters.force_unmount === 'yes' ? holdersOf(space) : []
}

function holdersOf(space: Namespace | undefined): User[] {
  return (space?.processes ?? []).map(process => ({ ...process, uses: 'its mount namespace' }))
}
