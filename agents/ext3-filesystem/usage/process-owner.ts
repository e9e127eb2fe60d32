import { ifAlive } from '../../../system/proc/processes.ts'
import type { System } from '../../../system/system.ts'

/**
 * Whether a process, given by its directory in /proc, belongs to an ordinary user, also in a container; false when it has ended.
 */
export function isOrdinary(system: System, home: string): boolean {
  const id = userIdOf(system, home)
  return id !== undefined && isOrdinaryId(id)
}

/** Whether it belongs to root or a service; false when it has ended. */
export function isOfSystem(system: System, home: string): boolean {
  const id = userIdOf(system, home)
  return id !== undefined && !isOrdinaryId(id)
}

/** The real user id in the initial user namespace. The owner of /proc/PID would be root for a process that is not dumpable. */
export function userIdOf(system: System, home: string): number | undefined {
  const [, id] = /^Uid:\t(\d+)/m.exec(ifAlive(() => system.read(`${home}/status`)) ?? '') ?? []
  return id === undefined ? undefined : Number(id)
}

/**
 * Debian Policy, section 9.2.2; those above 65535 belong to users' containers (subuid(5)). Processes of nobody are not trusted
 * either.
 */
export function isOrdinaryId(id: number): boolean {
  return (id >= 1000 && id < 60_000) || id === NOBODY || id > 0xffff
}

const NOBODY = 65_534
