import { namespaces } from '../../../../system/proc/mount-namespaces.ts'
import type { System } from '../../../../system/system.ts'
import { isOrdinary } from '../process-owner.ts'
import type { User } from '../users.ts'

/**
 * The processes of ordinary users, in containers too. There are ways to hold a file system of which /proc shows nothing, and anybody may
 * use them: a call that waits with a file that has been closed meanwhile, an io_uring without a descriptor, an open table of mounts.
 */
export function ordinaryUsers(system: System): User[] {
  return namespaces(system)
    .flatMap(({ processes }) => processes)
    .filter(({ home }) => isOrdinary(system, home))
    .map(process => ({ ...process, uses: "an ordinary user's process" }))
}
