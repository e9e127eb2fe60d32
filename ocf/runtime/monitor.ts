import type { Agent, CheckLevel, Context } from '../agent.ts'
import { type ExitCode, exit, failed, OcfError } from '../exit.ts'
import type { ParameterEnvironment } from '../parameters.ts'
import type { State } from '../state.ts'
import { noteMonitor } from './degraded-entry.ts'
import { outlastsFailover } from './interruption.ts'

type Running = Extract<State, { is: 'started' | 'promoted' }>

/** Performs a probe or a recurring monitor. @throws OcfError (7, 1, 190, 191), or what a deeper check throws. */
export async function monitor(agent: Agent, context: Context, environment: ParameterEnvironment): Promise<ExitCode> {
  const isProbe = intervalSecondsOf(environment) === 0
  const seen = await agent.inspect(isProbe ? context : { ...context, isRecurring: true })
  const state = agent.stateOf(seen, context.parameters)
  if (state.is === 'incomplete') throw failed(state.reason)
  if (state.is === 'stopped') {
    if (isProbe) return exit.notRunning
    throw new OcfError(exit.notRunning, state.because ?? 'not running')
  }
  await agent.observe?.(context, { seen, state, occasion: isProbe ? 'probe' : 'monitor' })
  const call = { context, environment }
  // a degraded resource is running, which is all that a probe asks
  if (!isProbe) await requireHealth(call, state, 'plain')
  await checkDeeper(agent, call, state)
  return state.is === 'promoted' ? exit.runningPromoted : exit.success
}

async function checkDeeper(agent: Agent, call: Call, state: Running): Promise<void> {
  const { context, environment } = call
  const level = checkLevel(agent, environment)
  if (agent.deepMonitor === undefined || level === undefined) return
  if (state.degraded !== undefined || state.interrupted !== undefined) return
  const health = await agent.deepMonitor.check(context, level)
  if (intervalSecondsOf(environment) > 0) return requireHealth(call, { ...health, is: state.is }, 'deep')
  // a call by an operator, which is not repeated to see whether the interruption lasts
  const why = health.degraded ?? health.interrupted
  if (why !== undefined) throw degradedError(state, why)
}

/** The deepest level of the agent that OCF_CHECK_LEVEL allows; undefined when that is the plain monitor. */
export function checkLevel(
  agent: Pick<Agent, 'deepMonitor'>,
  environment: ParameterEnvironment,
): CheckLevel | undefined {
  const requested = Number(environment.OCF_CHECK_LEVEL)
  return agent.deepMonitor?.levels.filter(level => level <= requested).at(-1)
}

interface Call {
  readonly context: Context
  readonly environment: ParameterEnvironment
}

/** Notes the result of a recurring monitor. @throws OcfError if it is degraded, or has been interrupted for too long. */
async function requireHealth({ context, environment }: Call, state: Running, kind: 'plain' | 'deep'): Promise<void> {
  const { degraded, interrupted: reason } = state
  const isLasting = await outlastsFailover(context, {
    reason,
    monitor: kind,
    intervalSeconds: intervalSecondsOf(environment),
  })
  const why = degraded ?? (isLasting ? reason : undefined)
  await noteMonitor(context, { isDegraded: why !== undefined, kind }, environment)
  if (why !== undefined) throw degradedError(state, why)
}

function degradedError({ is }: Running, why: string): OcfError {
  return new OcfError(is === 'promoted' ? exit.degradedPromoted : exit.degraded, why)
}

/** 0 for a probe. */
function intervalSecondsOf(environment: ParameterEnvironment): number {
  const milliseconds = Number(environment.OCF_RESKEY_CRM_meta_interval)
  return milliseconds > 0 ? milliseconds / 1000 : 0
}
