import { type NamespaceHolder, namespaces } from '../../../system/proc/mount-namespaces.ts'
import { ifAlive } from '../../../system/proc/processes.ts'
import type { System } from '../../../system/system.ts'
import type { User } from './users.ts'

/**
 * The processes of ordinary users, in containers too. There are ways to hold a file system of which /proc shows nothing, and anybody may
 * use them: a call that waits with a file that has been closed meanwhile, an io_uring without a descriptor, an open table of mounts.
 */
export function ordinaryUsers(system: System): User[] {
  return namespaces(system)
    .flatMap(({ processes }) => processes)
    .filter(process => isOrdinary(userIdOf(system, process)))
    .map(process => ({ ...process, uses: "an ordinary user's process" }))
}

/** The real user, as the first user namespace counts. The owner of /proc/PID is root for a process that may not be dumped. */
function userIdOf(system: System, { home }: NamespaceHolder): number | undefined {
  const [, id] = /^Uid:\t(\d+)/m.exec(ifAlive(() => system.read(`${home}/status`)) ?? '') ?? []
  return id === undefined ? undefined : Number(id)
}

/** Debian Policy, section 9.2.2; those above 65535 belong to users' containers (subuid(5)). */
function isOrdinary(id: number | undefined): boolean {
  return id !== undefined && ((id >= 1000 && id < 60_000) || id > 0xffff)
}
