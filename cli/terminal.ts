import type { System } from '../system/system.ts'
import type { Job } from './jobs.ts'
import type { Print } from './steps.ts'

/** Where the command prints, and who sits there. */
export interface Terminal {
  print(line: string): void
  printError(line: string): void
  /** Whether it shows colours, and is to. */
  readonly hasColour: boolean
  /** Shows the steps of several jobs in place; missing where lines cannot be overwritten. */
  progress?(jobs: readonly Job[], atOnce: number): Promise<void>
  /** Asks who sits there, and returns the line that is answered; missing where nobody does. */
  ask?(question: string): Promise<string>
  /** All of standard input. */
  readInput(): Promise<string>
  /** Aborted when the operator has had enough (Ctrl-C). */
  readonly interruption: AbortSignal
}

/** Puts the seconds since now before each line. */
export function withElapsedTime(system: System, print: Print): Print {
  const start = system.now()
  return line => print(`${((system.now() - start) / 1000).toFixed(1).padStart(6)} s  ${line}`)
}
