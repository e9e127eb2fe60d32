import { ignoreBrokenPipe, writeError } from '../system/host/broken-pipe.ts'
import { hostSystem } from '../system/host/host.ts'
import { runAlert } from './run.ts'

/** Pacemaker kills an alert agent after 30 s, and its children would remain. */
const DEADLINE_MILLISECONDS = 20_000

/** Reports the event in the environment of this process, and ends it: nothing that hangs may keep it. */
export async function runAsAlert(): Promise<void> {
  process.chdir('/')
  ignoreBrokenPipe(process.stderr, () => undefined)
  // what tools have started is killed with them
  const system = hostSystem({ toolsInOwnGroup: true })
  const signal = AbortSignal.timeout(DEADLINE_MILLISECONDS)
  const code = await runAlert({ system, environment: process.env, writeError, signal })
  process.exit(code)
}
