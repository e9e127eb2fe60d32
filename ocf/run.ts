import type { System } from '../system/system.ts'
import { parametersOfAction } from './action-parameters.ts'
import { performerOf } from './actions.ts'
import type { Agent, Context, Timeouts } from './agent.ts'
import { allowedMilliseconds, DeadlineReached, startDeadline, WAITING_MARGIN_MILLISECONDS } from './deadline.ts'
import { exit, OcfError } from './exit.ts'
import { exitCodeOf, exitReason, writeExitReason } from './exit-reason.ts'
import { createLog, type WriteLine } from './log.ts'
import { metadata, usage } from './metadata.ts'
import { type ParameterEnvironment, quote } from './parameters.ts'
import { isSupervised, type Outcome, type SupervisedChild, supervise } from './supervision.ts'

/** One call of an agent, from outside. */
export interface Invocation {
  readonly action: string | undefined
  readonly environment: ParameterEnvironment
  /** When the call was made, a time of performance.now(): Pacemaker's timeout runs from there. Without it, now. */
  readonly begun?: number
  readonly system: System
  readonly writeOutput: WriteLine
  readonly writeError: WriteLine
  /** Is told what the action is about to do. */
  readonly onStep?: (doing: string) => void
  /** Starts a child that performs this very call; without it the action is performed here. */
  readonly startChild?: () => Promise<SupervisedChild>
}

/** Runs one action of an agent to its exit code; at most one exit reason is written. */
export async function runAgent(agent: Agent, invocation: Invocation): Promise<Outcome> {
  const { action, environment, writeOutput, startChild } = invocation
  if (action === 'meta-data') return finish(() => writeOutput(metadata(agent)))
  if (action === 'usage' || action === 'help' || action === '--help') return finish(() => writeOutput(usage(agent)))
  if (startChild && isSupervised(agent, action, environment)) {
    const child = await childOrNone(agent, invocation, startChild)
    if (child !== undefined) return waitForChild(agent, invocation, child)
  }
  try {
    return await withinDeadline(agent, invocation)
  } catch (error) {
    const code = exitCodeOf(error)
    writeExitReason(invocation, exitReason(error, action))
    return { code, abandoned: error instanceof DeadlineReached }
  }
}

function finish(write: () => void): Outcome {
  write()
  return { code: exit.success, abandoned: false }
}

/** A node that is short of processes or memory has no child to give; a stop that failed for it would cost the node. */
async function childOrNone(
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

function waitForChild(agent: Agent, invocation: Invocation, child: SupervisedChild): Promise<Outcome> {
  const { action = '', environment, begun = performance.now() } = invocation
  return supervise(child, {
    action,
    begun,
    milliseconds: allowedMilliseconds(environment, timeoutOf(agent.timeouts, action), WAITING_MARGIN_MILLISECONDS),
    giveReason: reason => writeExitReason(invocation, reason),
  })
}

async function withinDeadline(agent: Agent, invocation: Invocation): Promise<Outcome> {
  const { action, environment } = invocation
  const perform = action === undefined ? undefined : performerOf(agent, action)
  if (perform === undefined) throw unimplemented(agent, action)
  let doing = 'inspecting the present state'
  invocation.onStep?.(doing)
  const deadline = startDeadline(allowedMilliseconds(environment, timeoutOf(agent.timeouts, action)), invocation.begun)
  const timeIsUp = new Promise<never>((_, reject) => {
    deadline.signal.addEventListener('abort', () => reject(deadline.signal.reason))
  })
  const log = createLog(agent.name, environment, invocation.writeError)
  try {
    deadline.signal.throwIfAborted()
    const parameters = parametersOfAction(agent, invocation, log)
    if (parameters === undefined) return { code: exit.success, abandoned: false }
    const context: Context = {
      parameters,
      system: invocation.system,
      log,
      deadline,
      step: next => {
        doing = next
        log.debug(next)
        invocation.onStep?.(next)
      },
      instance: environment.OCF_RESOURCE_INSTANCE ?? agent.name,
    }
    const code = await Promise.race([perform(context, environment), timeIsUp])
    return { code, abandoned: false }
  } catch (error) {
    throw error instanceof DeadlineReached ? error.while(doing) : error
  } finally {
    deadline.cancel()
    await log.flush()
  }
}

function unimplemented(agent: Agent, action: string | undefined): OcfError {
  const what = action === undefined ? 'no action given' : `unknown action ${quote(action)}`
  return new OcfError(exit.unimplemented, `${what}; ${usage(agent).trim()}`)
}

function timeoutOf(timeouts: Timeouts, action: string | undefined): number {
  const known: Readonly<Record<string, number | undefined>> = { ...timeouts }
  return known[action ?? ''] ?? 20
}
