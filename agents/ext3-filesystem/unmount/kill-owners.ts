import { listNames } from '../../../system/files.ts'
import type { Process } from '../../../system/proc/process-stat.ts'
import { processes } from '../../../system/proc/processes.ts'
import { exitText, lastOutput, type System, type Tool } from '../../../system/system.ts'
import type { MountContext } from '../parameters.ts'
import { isOrdinaryId, userIdOf } from '../usage/process-owner.ts'

const setpriv: Tool = { name: 'setpriv', package: 'util-linux' }

/**
 * Kills all processes of the users whose processes were signalled. A process that replaces itself (fork and exit) faster than /proc is
 * read escapes every signal to a single process; a signal that a user sends to all of his processes reaches them at one moment
 * (kill(2), -1).
 */
export interface OwnerKiller {
  /** Notes whose process was signalled; `isNew`: it was first seen when the others had already been killed. */
  note(process: Process, isNew: boolean): void
  /**
   * Kills all processes of those of them that are ordinary users or had started new ones; if nothing `isKnown` of what keeps the file
   * system busy, also those of ordinary users that start processes now. Spares root, and the users of the cluster's daemons.
   */
  apply(isKnown: boolean): Promise<void>
}

export function createOwnerKiller(context: MountContext, isExempt: (process: Process) => boolean): OwnerKiller {
  const { system, parameters, log } = context
  const owners = new Set<number>()
  const named = new Set<number>()
  const ownerOf = ({ pid }: Process) => userIdOf(system, `/proc/${pid}`)
  const isSpared = (id: number) => processes(system).some(process => isExempt(process) && ownerOf(process) === id)
  return {
    note(process, isNew) {
      const id = ownerOf(process)
      if (id !== undefined && id > 0 && (isNew || isOrdinaryId(id))) owners.add(id)
    },
    async apply(isKnown) {
      if (!isKnown) for (const id of ownersOfNewProcesses(system).filter(isOrdinaryId)) owners.add(id)
      for (const id of [...owners].filter(owner => !isSpared(owner))) {
        if (!named.has(id))
          log.warn(`${parameters.directory} is still in use: sending SIGKILL to all processes of user ${id}`)
        named.add(id)
        await killAllOf(context, id)
      }
    },
  }
}

async function killAllOf({ system, deadline, log }: MountContext, id: number): Promise<void> {
  const words = [`--reuid=${id}`, '--clear-groups', 'kill', '-KILL', '--', '-1']
  const finished = await system.run(setpriv, words, { signal: deadline.signal, timeoutSeconds: 10 })
  if (finished.status !== 0 && !finished.stderr.includes('No such process'))
    log.warn(`${finished.command} ${exitText(finished)}: ${lastOutput(finished)}`)
}

/** A process that lives for less than a millisecond is found by one of so many looks. */
const LOOKS = 50

/** The users whose processes begin while /proc is listed again and again. */
function ownersOfNewProcesses(system: System): number[] {
  const known = new Set(listNames(system, '/proc'))
  const owners = new Set<number>()
  for (let look = 0; look < LOOKS; look += 1)
    for (const name of listNames(system, '/proc')) {
      if (known.has(name)) continue
      known.add(name)
      const id = userIdOf(system, `/proc/${name}`)
      if (id !== undefined) owners.add(id)
    }
  return [...owners]
}
