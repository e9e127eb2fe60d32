import type { Agent, CheckLevel, Context } from './agent.ts'
import { type ExitCode, exit, failed, OcfError } from './exit.ts'
import { parseNotification } from './notification.ts'
import type { ParameterEnvironment } from './parameters.ts'
import type { State } from './state.ts'

/*
 * The actions. An agent says what it finds and what to do about it; what is there already is success, what a killed action
 * left is cleared away, and every change is verified: all of that is here.
 */

/** Performs an action to its exit code. @throws OcfError, or whatever stopped it. */
export type Performer = (context: Context, environment: ParameterEnvironment) => Promise<ExitCode>

/** What performs an action of an agent; undefined when it has no such action. */
export function performerOf(agent: Agent, action: string): Performer | undefined {
  const performers: Readonly<Record<string, Performer | undefined>> = {
    start: context => start(agent, context),
    stop: context => stop(agent, context),
    monitor: (context, environment) => monitor(agent, context, environment),
    promote: agent.promote && (context => changeRole(agent, context, 'promoted')),
    demote: agent.demote && (context => changeRole(agent, context, 'started')),
    notify: agent.notify && ((context, environment) => notify(agent, context, environment)),
    'validate-all': (context, environment) => validate(agent, context, environment),
  }
  return Object.hasOwn(performers, action) ? performers[action] : undefined
}

async function start(agent: Agent, context: Context): Promise<ExitCode> {
  agent.checkParameters?.(context.parameters)
  const found = await agent.state(context)
  if (found.is === 'incomplete') {
    context.log.info(`clearing away what an earlier action left: ${found.reason}`)
    await agent.stop(context)
  }
  if (found.is === 'incomplete' || found.is === 'stopped') await agent.start(context)
  if (found.is === 'started') await agent.completeStart?.(context)
  if (found.is === 'promoted') {
    // to Pacemaker what it has started is unpromoted, and it may promote the other side
    context.log.warn('it is promoted already; a start ends unpromoted, so it is demoted')
    await agent.demote?.(context)
  }
  const state = await agent.state(context)
  if (state.is === 'stopped') throw failed('it is still stopped although every step of the start succeeded')
  if (state.is === 'incomplete') throw failed(`incomplete although every step of the start succeeded: ${state.reason}`)
  if (state.is === 'promoted') throw failed('it is promoted although every step of the start succeeded')
  await agent.observe?.(context, state, 'action')
  return exit.success
}

async function stop(agent: Agent, context: Context): Promise<ExitCode> {
  const found = await agent.state(context)
  if (found.is === 'stopped' && found.leftover === undefined) return exit.success
  await agent.stop(context)
  const state = await agent.state(context)
  if (state.is === 'stopped') return exit.success
  throw failed(
    `${state.is === 'incomplete' ? state.reason : 'it still runs'} although every step of the stop succeeded`,
  )
}

async function monitor(agent: Agent, context: Context, environment: ParameterEnvironment): Promise<ExitCode> {
  const isProbe = !(Number(environment.OCF_RESKEY_CRM_meta_interval) > 0)
  const state = await agent.state(context)
  if (state.is === 'started' || state.is === 'promoted')
    await agent.observe?.(context, state, isProbe ? 'probe' : 'monitor')
  const code = monitorCode(state, isProbe)
  const level = checkLevel(agent, environment)
  if (level !== undefined && (code === exit.success || code === exit.runningPromoted))
    await agent.deepMonitor?.check(context, level)
  return code
}

/** The deepest level of the agent that OCF_CHECK_LEVEL allows; undefined when that is the plain monitor. */
export function checkLevel(
  agent: Pick<Agent, 'deepMonitor'>,
  environment: ParameterEnvironment,
): CheckLevel | undefined {
  const asked = Number(environment.OCF_CHECK_LEVEL)
  return agent.deepMonitor?.levels.filter(level => level <= asked).at(-1)
}

/** A degraded resource runs: a probe, which only asks where it runs, says so and no more. */
function monitorCode(state: State, isProbe: boolean): ExitCode {
  if (state.is === 'incomplete') throw failed(state.reason)
  if (state.is === 'stopped') {
    if (isProbe) return exit.notRunning
    throw new OcfError(exit.notRunning, state.because ?? 'it is not running')
  }
  const isPromoted = state.is === 'promoted'
  if (state.degraded === undefined || isProbe) return isPromoted ? exit.runningPromoted : exit.success
  throw new OcfError(isPromoted ? exit.degradedPromoted : exit.degraded, state.degraded)
}

async function changeRole(agent: Agent, context: Context, to: 'promoted' | 'started'): Promise<ExitCode> {
  const verb = to === 'promoted' ? 'promote' : 'demote'
  const found = await agent.state(context)
  if (found.is === 'stopped') throw failed(`cannot ${verb}: it is stopped`)
  if (found.is === 'incomplete') throw failed(`cannot ${verb}: ${found.reason}`)
  if (found.is !== to) await agent[verb]?.(context)
  const state = await agent.state(context)
  if (state.is !== to) throw failed(`it is ${state.is} although every step of the ${verb} succeeded`)
  await agent.observe?.(context, state, 'action')
  return exit.success
}

async function notify(agent: Agent, context: Context, environment: ParameterEnvironment): Promise<ExitCode> {
  const notification = parseNotification(environment)
  if (notification !== undefined) await agent.notify?.(context, notification)
  return exit.success
}

/** Level 0 checks the parameters alone (each was when it was parsed), level 10 looks at this node too. */
async function validate(agent: Agent, context: Context, environment: ParameterEnvironment): Promise<ExitCode> {
  agent.checkParameters?.(context.parameters)
  if (Number(environment.OCF_CHECK_LEVEL) >= 10) await agent.validateHere?.(context)
  return exit.success
}
