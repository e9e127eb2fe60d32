import type { Work } from './steps.ts'
import { withElapsedTime } from './terminal.ts'
import type { Call } from './verbs.ts'

/** What a call's undertaking works with. Its steps are said with the time that they begin at; a dry run takes none. */
export function timedWork({ system, terminal, isDryRun }: Call): Work {
  const print = isDryRun ? terminal.print : withElapsedTime(system, terminal.print)
  return { system, print, isDryRun, interruption: terminal.interruption }
}
