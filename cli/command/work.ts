import type { Work } from '../run/steps.ts'
import { withElapsedTime } from '../terminal/terminal.ts'
import type { Call } from './verb.ts'

/** The work of a call. Its steps are printed with their start times, except in a dry run, which takes no time. */
export function timedWork({ system, terminal, isDryRun }: Call): Work {
  const print = isDryRun ? terminal.print : withElapsedTime(system, terminal.print)
  return { system, print, isDryRun, interruption: terminal.interruption }
}
