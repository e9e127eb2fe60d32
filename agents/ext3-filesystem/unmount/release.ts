import { type System, waitFor } from '../../../system/system.ts'
import { withDeviceProgress } from '../device-progress.ts'
import { isInUse } from '../mount-state.ts'
import type { MountContext } from '../parameters.ts'
import { detachedUsers, holdersOfUnread } from '../usage/detached-users.ts'
import { overlaysOn } from '../usage/overlays.ts'
import { evidentUsers, type TargetFilesystems, type User } from '../usage/users.ts'
import { describeUsers, type UserKiller } from './kill-users.ts'
import type { Thawer } from './thawing.ts'

/** What it takes to have a file system released. */
export interface ReleaseContext {
  /** All file systems that are to be unmounted. */
  readonly filesystems: TargetFilesystems
  /** The kernel's names of their devices. */
  readonly names: readonly string[]
  readonly killer: UserKiller
  readonly thawer: Thawer
}

/**
 * After it has left all mount tables the kernel still writes it out, and something that no table shows may hold it. Returns true once
 * the kernel has released it, and false when it was mounted once more, to be thawed and unmounted.
 */
export async function waitForRelease(
  context: MountContext,
  { names, filesystems, killer, thawer }: ReleaseContext,
): Promise<boolean> {
  const { parameters, system, deadline } = context
  const doing = `waiting for the kernel to release the file system on ${parameters.device}, which is no longer mounted but still in use`
  const isHeld = () => names.some(name => isInUse(system, name))
  for (let why = 'it is being written out'; isHeld(); ) {
    const pause = system.now() + 1000
    const isReleased = () => (isHeld() && system.now() < pause ? undefined : true)
    await withDeviceProgress(context, `${doing}: ${why}`, waitFor(system, isReleased, deadline.signal))
    if (!isHeld()) return true
    if (await thawer.mountAgain(names)) return false
    const users = await remainingUsers(context, filesystems)
    why = releaseObstacle(system, users, filesystems)
    await killer.apply(users)
  }
  return true
}

/** The processes that hold it: as links show, through a mount that no table lists, or perhaps by a table that takes too long to read. */
async function remainingUsers(
  { parameters, system, deadline }: MountContext,
  filesystems: TargetFilesystems,
): Promise<readonly User[]> {
  const evident = evidentUsers(system, filesystems)
  if (evident.length > 0) return evident
  const detached = await detachedUsers(system, filesystems.devices, deadline.signal)
  return detached.length > 0 || parameters.force_unmount !== 'yes' ? detached : holdersOfUnread(system)
}

function releaseObstacle(system: System, users: readonly User[], { points }: TargetFilesystems): string {
  if (users.length > 0) return `in use by ${describeUsers(users)}`
  const overlays = overlaysOn(system, [...points])
  if (overlays.length > 0)
    return `it holds a layer of the overlay mounted on ${overlays.join(', and of the overlay on ')}`
  return 'it is being written out, or held by a mount that was detached (umount -l) or by a namespace without processes'
}
