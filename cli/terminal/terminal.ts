import type { System } from '../../system/system.ts'
import type { JobDisplay } from '../run/jobs.ts'
import type { Print } from '../run/steps.ts'

/** A terminal that is drawn anew in place. */
export interface Screen {
  readonly rows: number
  readonly columns: number
  show(text: string): void
  onKey(handle: (key: string) => void): void
  onResize(handle: () => void): void
  /** Leaves what was drawn last. */
  close(): void
}

/** Where the command prints, and who sits there. */
export interface Terminal extends JobDisplay {
  print(line: string): void
  printError(line: string): void
  /** Whether it shows colours, and is to. */
  readonly hasColour: boolean
  /** Missing where there is no terminal. */
  openScreen?(): Screen
  /** Asks who sits there, and returns the line that is answered; missing where nobody does. */
  ask?(question: string): Promise<string>
  /** The file with a CIB that the operator works on instead of the cluster's: CIB_file, as for Pacemaker's own tools. */
  readonly cibFile?: string | undefined
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
