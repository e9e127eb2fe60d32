import { namespaces, withThreads } from '../../../system/proc/mount-namespaces.ts'
import type { MountContext } from '../parameters.ts'
import { concealedUsers, oncePerProcess } from '../usage/concealed-users.ts'
import { detachedUsers, holdersOfUnread } from '../usage/detached-users.ts'
import { ordinaryUsers } from '../usage/guessed/ordinary-users.ts'
import { possibleUsers } from '../usage/guessed/possible-users.ts'
import { pathUsers, possiblePathUsers } from '../usage/path-users.ts'
import { evidentUsers, type TargetFilesystems, type User, usersOf } from '../usage/users.ts'

/** A process that uses, or only seems to use, a file system that is in no mount table. */
export interface Remaining extends User {
  readonly isCertain: boolean
}

/** The conditions that justify a search that is slow, or that guesses. */
interface Occasion {
  /** Whether nothing has been read or written for a while. */
  readonly isAtRest: boolean
  readonly isUrgent: boolean
  readonly isOver: () => boolean
}

/**
 * The processes that keep a file system in use after it has left all mount tables; only those of the most certain kind found.
 * Hidden users are searched for when the device is idle: while it is being written out, it need not have users. But a user may also
 * write to it without end.
 */
export async function remainingUsers(
  { system, deadline }: MountContext,
  filesystems: TargetFilesystems,
  { isAtRest, isUrgent, isOver }: Occasion,
): Promise<readonly Remaining[]> {
  const { devices, points } = filesystems
  const { signal } = deadline
  const spaces = namespaces(system)
  const looksFurther = isAtRest || isUrgent
  const search = { spaces: looksFurther ? withThreads(system, spaces) : spaces, signal, isOver }
  // no table shows the mount in a namespace whose processes have all changed their root to one of its directories (chroot)
  const plain = [
    () => evidentUsers(system, filesystems, { spaces, isOver }),
    () => detachedUsers(system, devices, { spaces, signal, isOver }),
  ]
  const hidden = [
    () => detachedUsers(system, devices, search),
    () => usersOf(system, filesystems, { ...search, spaces }),
    () => concealedUsers(system, filesystems, search),
    () => pathUsers(system, points, search),
  ]
  for (const usersBy of looksFurther ? [...plain, ...hidden] : plain) {
    const users = await usersBy()
    if (users.length > 0) return users.map(user => ({ ...user, isCertain: true }))
  }
  if (!isAtRest) return []
  const guessed = [
    ...holdersOfUnread(spaces),
    ...(await possiblePathUsers(system, search)),
    ...(await possibleUsers(system, search)),
  ]
  const believing = { ...search, believesNames: true } as const
  const ordinary = isUrgent
    ? [
        ...evidentUsers(system, filesystems, believing),
        ...(await pathUsers(system, points, believing)),
        ...ordinaryUsers(system),
      ]
    : []
  return oncePerProcess([...guessed, ...ordinary]).map(user => ({ ...user, isCertain: false }))
}
