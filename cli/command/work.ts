import type { Work } from '../run/steps.ts'
import { withElapsedTime } from '../terminal/terminal.ts'
import type { Call } from './verb.ts'

/** What a call's undertaking works with. Its steps are said with the time that they begin at; a dry run takes none. */
export function timedWork({ system, terminal, isDryRun }: Call): Work {
  const print = isDryRun ? terminal.print : withElapsedTime(system, terminal.print)
  return { system, print, isDryRun, interruption: terminal.interruption }
}
