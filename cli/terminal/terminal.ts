import type { System } from '../../system/system.ts'
import type { JobDisplay } from '../run/jobs.ts'
import type { Print } from '../run/steps.ts'

/** A terminal that is redrawn in place. */
export interface Screen {
  readonly rows: number
  readonly columns: number
  show(text: string): void
  onKey(handle: (key: string) => void): void
  onResize(handle: () => void): void
  /** Leaves the last drawing on the terminal. */
  close(): void
}

/** A connection that the command serves by its standard input and output, of bytes as characters up to U+00FF. */
export interface Connection {
  /** What the client sends, up to and with `end`. It may send more bytes, take too long, or close its side first. */
  receive(
    end: string,
    limits: { readonly maxBytes: number; readonly milliseconds: number },
  ): Promise<{ readonly text: string; readonly is: 'whole' | 'too large' | 'too slow' | 'closed' }>
  /** Sends bytes and closes the connection; gives up a client that does not take them in time. */
  send(bytes: Uint8Array, milliseconds: number): Promise<void>
}

/** Standard output for bytes. It fails when its reader is gone, or when the operator interrupts the command. */
export interface Output {
  write(bytes: Uint8Array): Promise<void>
  /** Its reader need not wait for the end of the command. */
  end(): Promise<void>
}

/** The command's output, and its questions to the operator. */
export interface Terminal extends JobDisplay {
  print(line: string): void
  printError(line: string): void
  /** Whether to colour the output. */
  readonly hasColour: boolean
  /** Missing without a terminal. */
  openScreen?(): Screen
  /** Asks the operator, and returns the answered line; missing without a terminal. */
  ask?(question: string): Promise<string>
  /** The type of the terminal that input and output are, such as `xterm` (TERM); missing without one. */
  readonly terminalType?: string
  /** A file with a CIB to use instead of the cluster's, named by the environment as for Pacemaker's own tools. */
  readonly cibFile?: string | undefined
  /** The setting of the environment that names a CIB other than the cluster's, such as `CIB_file=cib.xml`. */
  readonly cibSetting?: string | undefined
  /** All of standard input. More bytes than these are an error with the code EFBIG. */
  readInput(maxBytes: number): Promise<string>
  /** Standard input, as it comes; missing where it is a terminal. */
  inputBytes?(): AsyncIterable<Uint8Array>
  /** Standard output for bytes alone; missing where it is a terminal. */
  openOutput?(): Output
  /** Serves the client that is connected to standard input and output. */
  openConnection?(): Connection
  /** Aborted when the operator interrupts the command (Ctrl-C). */
  readonly interruption: AbortSignal
}

/** Prints a text of lines that this program has composed, such as a table. */
export function printLines(print: Print, text: string): void {
  for (const line of text.split('\n')) print(line)
}

/** Prints before each line the seconds that have passed since this call. */
export function withElapsedTime(system: System, print: Print): Print {
  const start = system.now()
  return line => print(`${((system.now() - start) / 1000).toFixed(1).padStart(6)} s  ${line}`)
}
