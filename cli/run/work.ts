import type { Call } from '../command/verb.ts'
import { withElapsedTime } from '../terminal/terminal.ts'
import type { Work } from './steps.ts'

/** What a call's undertaking works with. Its steps are said with the time that they begin at; a dry run takes none. */
export function timedWork({ system, terminal, isDryRun }: Call): Work {
  const print = isDryRun ? terminal.print : withElapsedTime(system, terminal.print)
  return { system, print, isDryRun, interruption: terminal.interruption }
}
