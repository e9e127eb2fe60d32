import type { MountContext } from '../parameters.ts'
import { concealedUsers, holdersInFlight } from '../usage/concealed-users.ts'
import { detachedUsers, holdersOfUnread } from '../usage/detached-users.ts'
import { lostUsers, perhapsLostUsers } from '../usage/lost-users.ts'
import { evidentUsers, type TargetFilesystems, type User, usersOf } from '../usage/users.ts'

/** A process that uses a file system that is in no mount table, or perhaps only something that looks like it. */
export interface Remaining extends User {
  readonly isCertain: boolean
}

/**
 * The processes that keep a file system in use after it has left all mount tables, the surest kind alone. Those that must be guessed are
 * looked for only when the device rests: while it is being written out nobody need hold it.
 */
export async function remainingUsers(
  { system, deadline }: MountContext,
  filesystems: TargetFilesystems,
  isAtRest: boolean,
): Promise<readonly Remaining[]> {
  const { devices, points } = filesystems
  // no table shows the mount in a namespace whose processes have all changed their root to a directory of it (chroot)
  const plain = [() => evidentUsers(system, filesystems), () => detachedUsers(system, devices, deadline.signal)]
  const hidden = [
    () => usersOf(system, filesystems, deadline.signal),
    () => concealedUsers(system, filesystems, deadline.signal),
    () => lostUsers(system, points, deadline.signal),
  ]
  for (const search of isAtRest ? [...plain, ...hidden] : plain) {
    const users = await search()
    if (users.length > 0) return users.map(user => ({ ...user, isCertain: true }))
  }
  if (!isAtRest) return []
  const unread = holdersOfUnread(system)
  const lost = await perhapsLostUsers(system, deadline.signal)
  const guessed = [...unread, ...lost, ...(await holdersInFlight(system, deadline.signal))]
  return guessed.map(user => ({ ...user, isCertain: false }))
}
