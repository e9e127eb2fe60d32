import { type System, waitFor } from '../../../system/system.ts'
import { withDeviceProgress } from '../device-progress.ts'
import { isInUse } from '../mount-state.ts'
import type { MountContext } from '../parameters.ts'
import { describeUsers } from '../usage/describe-users.ts'
import { overlaysOn } from '../usage/overlays.ts'
import type { TargetFilesystems } from '../usage/users.ts'
import { createIdleCheck } from './idle-devices.ts'
import type { UserKiller } from './kill-users.ts'
import { type Remaining, remainingUsers } from './remaining-users.ts'
import type { Thawer } from './thawing.ts'
import type { SearchLimit, Urgency } from './time-limits.ts'

/** What is needed to get a file system released. */
export interface ReleaseContext {
  /** All file systems that are to be unmounted. */
  readonly filesystems: TargetFilesystems
  /** The kernel's names of their devices. */
  readonly names: readonly string[]
  readonly killer: UserKiller
  readonly thawer: Thawer
  readonly isUrgent: Urgency
  readonly searchLimit: SearchLimit
}

/**
 * After a file system has left all mount tables, the kernel still writes it out, and something that no table shows may hold it.
 * Returns true once the kernel has released it, and false if it was mounted once more, to be thawed and unmounted.
 */
export async function waitForRelease(
  context: MountContext,
  { names, filesystems, killer, thawer, isUrgent, searchLimit }: ReleaseContext,
): Promise<boolean> {
  const { parameters, system, deadline } = context
  // name the users early, within the bytes that Pacemaker keeps
  const doing = `waiting for ${parameters.device}, unmounted but`
  const isHeld = () => names.some(name => isInUse(system, name))
  const hasBeenIdle = createIdleCheck(system, names)
  for (let why = 'being written out'; isHeld(); ) {
    const pause = system.now() + 1000
    const isReleased = () => (isHeld() && system.now() < pause ? undefined : true)
    await withDeviceProgress(context, `${doing} ${why}`, waitFor(system, isReleased, deadline.signal))
    if (!isHeld()) return true
    if (await thawer.mountAgain(names)) return false
    const isAtRest = hasBeenIdle()
    const users = await remainingUsers(context, filesystems, {
      isAtRest,
      isUrgent: isUrgent(),
      isOver: searchLimit(),
    })
    why = releaseObstacle(system, users, filesystems)
    const removable = users.filter(({ isCertain }) => isCertain || parameters.force_unmount === 'yes')
    await killer.apply(removable, users.length > 0 || !isAtRest)
  }
  return true
}

function releaseObstacle(system: System, users: readonly Remaining[], { points }: TargetFilesystems): string {
  if (users.length > 0) return `${users[0]?.isCertain ? '' : 'perhaps '}in use by ${describeUsers(system, users)}`
  const overlays = overlaysOn(system, [...points])
  if (overlays.length > 0)
    return `holding a layer of the overlay mounted on ${overlays.join(', and of the overlay on ')}`
  return 'being written out, or held by a mount that was detached (umount -l) or by a namespace without processes'
}
