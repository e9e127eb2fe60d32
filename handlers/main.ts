import { ignoreBrokenPipe, writeError } from '../system/host/broken-pipe.ts'
import { hostSystem } from '../system/host/host.ts'
import type { HandlerName } from './names.ts'
import { runHandler } from './run.ts'

/** Runs a handler with the environment that DRBD gives to this process, and sets its exit status. */
export async function runAsHandler(name: HandlerName): Promise<void> {
  process.chdir('/')
  // the reader of the output may be gone, which must not prevent the answer to DRBD
  ignoreBrokenPipe(process.stderr, () => undefined)
  process.exitCode = await runHandler(name, { system: hostSystem(), environment: process.env, writeError })
}
