import { machineOfProcess } from '../../../system/nspawn/containers.ts'
import type { System } from '../../../system/system.ts'
import type { User } from './users.ts'

/** The number of users that a message names; a user of the node may have any number of processes. */
const NAMED = 20

/** Users as a list of words: each container once, whatever runs in it, and each process that is in none. */
export function describeUsers(system: System, users: readonly User[]): string {
  const containers = new Set<string>()
  const processes: string[] = []
  for (const user of users) {
    const machine = machineOfProcess(system, user)
    if (machine === undefined) processes.push(`${user.name} (pid ${user.pid}, ${user.uses})`)
    else containers.add(`container ${machine}`)
  }
  const all = [...containers, ...processes]
  return [...all.slice(0, NAMED), ...(all.length > NAMED ? [`and ${all.length - NAMED} more`] : [])].join(', ')
}
