import { namespaces } from '../../../../system/proc/mount-namespaces.ts'
import type { System } from '../../../../system/system.ts'
import { isOrdinary } from '../process-owner.ts'
import type { User } from '../users.ts'

/**
 * The processes of ordinary users, in containers too. Any user can hold a file system in ways that /proc does not show: a blocked
 * call on a file that has been closed meanwhile, an io_uring without a descriptor, an open mount table.
 */
export function ordinaryUsers(system: System): User[] {
  return namespaces(system)
    .flatMap(({ processes }) => processes)
    .filter(({ home }) => isOrdinary(system, home))
    .map(process => ({ ...process, uses: "an ordinary user's process" }))
}
