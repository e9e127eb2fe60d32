import { ignoreBrokenPipe, writeError } from '../system/host/broken-pipe.ts'
import { hostSystem } from '../system/host/host.ts'
import { writeOut } from '../system/host/output.ts'
import { runFencing } from './run.ts'

const MOST_INPUT_BYTES = 1024 * 1024
const INPUT_MILLISECONDS = 10_000

/**
 * An emulated node needs ten seconds to be accepted again. A request has at least a minute, of which sbd waits for a third if its
 * time-outs are the default ones; where they are longer, a request has twice as long as sbd waits.
 */
const LOOK_MILLISECONDS = 20_000
/** A node that is told to reset itself does so within two seconds, and its own look may have begun some seconds before. */
const PATIENCE_MILLISECONDS = 27_000

/** Runs the action that Pacemaker's fencer writes to stdin, and sets the exit status. */
export async function runAsFenceAgent(): Promise<void> {
  process.chdir('/')
  ignoreBrokenPipe(process.stderr, () => undefined)
  const system = hostSystem()
  const args = process.argv.slice(2)
  const limits = { maxBytes: MOST_INPUT_BYTES, signal: AbortSignal.timeout(INPUT_MILLISECONDS) }
  process.exitCode = await runFencing({
    system,
    args,
    readInput: () => system.readInput('/dev/stdin', limits),
    writeOutput: text => writeOut(1, text),
    writeError,
    signal: AbortSignal.timeout(LOOK_MILLISECONDS),
    patience: AbortSignal.timeout(PATIENCE_MILLISECONDS),
  })
}
