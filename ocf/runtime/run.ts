import { monotonicMilliseconds } from '../../system/host/monotonic.ts'
import type { Agent } from '../agent.ts'
import { DeadlineReached, WAITING_MARGIN_MILLISECONDS } from '../deadline.ts'
import { exit } from '../exit.ts'
import { createLog } from '../log.ts'
import { allowedMillisecondsOf, type Invocation } from './invocation.ts'
import { metadata, usage } from './metadata.ts'
import { perform } from './perform.ts'
import { exitCodeOf, exitReason, type WrittenReason, writeExitReason } from './reason/exit-reason.ts'
import { forgetWholeReason, noteWholeReason } from './reason/whole-reason.ts'
import { isSupervised, type Outcome, type SupervisedChild, supervise } from './supervision.ts'

/** Runs one action of an agent, and returns its exit code; writes at most one exit reason. */
export async function runAgent(agent: Agent, invocation: Invocation): Promise<Outcome> {
  const { action, environment, writeOutput, startChild } = invocation
  if (action === 'meta-data') return finish(() => writeOutput(metadata(agent)))
  if (action === 'usage' || action === 'help' || action === '--help') return finish(() => writeOutput(usage(agent)))
  if (startChild && isSupervised(agent, action, environment)) {
    const child = await tryStartChild(agent, invocation, startChild)
    if (child !== undefined) return waitForChild(agent, invocation, child)
  }
  try {
    const code = await perform(agent, invocation)
    await forgetWholeReason(invocation)
    return { code, abandoned: false }
  } catch (error) {
    const code = exitCodeOf(error)
    await noteWholeReason(invocation, code, writeExitReason(agent.name, invocation, exitReason(error, action)))
    return { code, abandoned: error instanceof DeadlineReached }
  }
}

function finish(write: () => void): Outcome {
  write()
  return { code: exit.success, abandoned: false }
}

/** Undefined on a node that is short of processes or memory: a stop that failed because of that would get the node fenced. */
async function tryStartChild(
  agent: Agent,
  { environment, writeError }: Invocation,
  startChild: () => Promise<SupervisedChild>,
): Promise<SupervisedChild | undefined> {
  try {
    return await startChild()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const log = createLog(agent.name, environment, writeError)
    log.warn(`cannot start a supervised child: ${error.message}; performing the action without one`)
    await log.flush()
    return undefined
  }
}

async function waitForChild(agent: Agent, invocation: Invocation, child: SupervisedChild): Promise<Outcome> {
  const { action = '', begun = monotonicMilliseconds() } = invocation
  let written: WrittenReason | undefined
  const outcome = await supervise(child, {
    action,
    begun,
    milliseconds: allowedMillisecondsOf(agent, invocation, WAITING_MARGIN_MILLISECONDS),
    writeReason: reason => {
      written = writeExitReason(agent.name, invocation, reason)
    },
  })
  if (written !== undefined) await noteWholeReason(invocation, outcome.code, written)
  return outcome
}
