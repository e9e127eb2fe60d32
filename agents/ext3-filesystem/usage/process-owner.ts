import { ifAlive } from '../../../system/proc/processes.ts'
import type { System } from '../../../system/system.ts'

/** Whether a process, by its directory in /proc, is an ordinary user's, in a container too; false when it has ended. */
export function isOrdinary(system: System, home: string): boolean {
  const id = userIdOf(system, home)
  return id !== undefined && isOrdinaryId(id)
}

/** Whether it is a process of root or of a service; false when it has ended. */
export function isOfSystem(system: System, home: string): boolean {
  const id = userIdOf(system, home)
  return id !== undefined && !isOrdinaryId(id)
}

/** The real user, as the first user namespace counts. The owner of /proc/PID is root for a process that may not be dumped. */
function userIdOf(system: System, home: string): number | undefined {
  const [, id] = /^Uid:\t(\d+)/m.exec(ifAlive(() => system.read(`${home}/status`)) ?? '') ?? []
  return id === undefined ? undefined : Number(id)
}

/** Debian Policy, section 9.2.2; those above 65535 belong to users' containers (subuid(5)). What runs as nobody is not trusted either. */
function isOrdinaryId(id: number): boolean {
  return (id >= 1000 && id < 60_000) || id === NOBODY || id > 0xffff
}

const NOBODY = 65_534
