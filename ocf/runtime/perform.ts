import { errorText } from '../../system/error-text.ts'
import type { Agent, Context } from '../agent.ts'
import { DeadlineReached, startDeadline } from '../deadline.ts'
import { type ExitCode, exit, OcfError } from '../exit.ts'
import { createLog, isTraced } from '../log.ts'
import { quote } from '../parameters.ts'
import { parametersOfAction } from './action-parameters.ts'
import { performerOf } from './actions.ts'
import { allowedMillisecondsOf, type Invocation } from './invocation.ts'
import { usage } from './metadata.ts'

/**
 * Performs an action in this process, and returns its exit code.
 * @throws OcfError, or whatever stopped it; DeadlineReached, which names the last step, when its time is up.
 */
export async function perform(agent: Agent, invocation: Invocation): Promise<ExitCode> {
  if (!isTraced(invocation.environment)) return performUntraced(agent, invocation)
  const { withTrace } = await import('./trace.ts')
  const { invocation: traced, trace } = withTrace(agent.name, invocation)
  try {
    const code = await performUntraced(agent, traced)
    trace.add(`exit ${code}`)
    return code
  } catch (error) {
    trace.add(errorText(error))
    throw error
  } finally {
    await trace.flush()
  }
}

async function performUntraced(agent: Agent, invocation: Invocation): Promise<ExitCode> {
  const { action, environment } = invocation
  const performer = action === undefined ? undefined : performerOf(agent, action)
  if (performer === undefined) throw unimplemented(agent, action)
  let doing = 'inspecting the present state'
  invocation.onStep?.(doing)
  const deadline = startDeadline(allowedMillisecondsOf(agent, invocation), invocation.begun)
  const log = createLog(agent.name, environment, invocation.writeError)
  try {
    if (deadline.remainingSeconds() === 0) await deadline.reached
    const parameters = parametersOfAction(agent, invocation, log)
    if (parameters === undefined) return exit.success
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
    return await Promise.race([performer(context, environment), deadline.reached])
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
