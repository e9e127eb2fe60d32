import type { Agent, Context } from '../agent.ts'
import { type ExitCode, exit, failed } from '../exit.ts'
import { parseNotification } from '../notification.ts'
import type { ParameterEnvironment } from '../parameters.ts'
import type { State } from '../state.ts'
import { noteStop } from './degraded-entry.ts'
import { forgetInterruptions } from './interruption.ts'
import { monitor } from './monitor.ts'

/*
 * The actions. An agent reports the state and changes it. Everything else is here: an action whose result already exists
 * succeeds, what a killed action left behind is cleaned up, and every change is verified.
 */

/** Performs an action to its exit code. @throws OcfError, or whatever stopped it. */
export type Performer = (context: Context, environment: ParameterEnvironment) => Promise<ExitCode>

/** The performer of an action; undefined when the agent does not have that action. */
export function performerOf(agent: Agent, action: string): Performer | undefined {
  const performers: Readonly<Record<string, Performer | undefined>> = {
    start: context => start(agent, context),
    stop: (context, environment) => stop(agent, context, environment),
    monitor: (context, environment) => monitor(agent, context, environment),
    promote: agent.promote && (context => changeRole(agent, context, 'promoted')),
    demote: agent.demote && (context => changeRole(agent, context, 'started')),
    notify: agent.notify && ((context, environment) => notify(agent, context, environment)),
    'validate-all': (context, environment) => validate(agent, context, environment),
  }
  return Object.hasOwn(performers, action) ? performers[action] : undefined
}

interface Inspection {
  readonly seen: unknown
  readonly state: State
}

async function inspectState(agent: Agent, context: Context): Promise<Inspection> {
  const seen = await agent.inspect(context)
  return { seen, state: agent.stateOf(seen, context.parameters) }
}

async function start(agent: Agent, context: Context): Promise<ExitCode> {
  agent.checkParameters?.(context.parameters)
  const { seen, state: found } = await inspectState(agent, context)
  if (found.is === 'incomplete') {
    context.log.info(`cleaning up what an earlier action left behind: ${found.reason}`)
    await agent.stop(context)
  }
  if (found.is === 'incomplete' || found.is === 'stopped') await agent.start(context)
  if (found.is === 'started') await agent.completeStart?.(context, seen)
  if (found.is === 'promoted') {
    // Pacemaker assumes that a resource is unpromoted after a start, and may promote the other side
    context.log.warn('already promoted: demoting it, because a start must end unpromoted')
    await agent.demote?.(context)
  }
  const result = await inspectState(agent, context)
  const { state } = result
  if (state.is === 'stopped') throw failed('start finished, but the resource is still stopped')
  if (state.is === 'incomplete') throw failed(`start finished, but the resource is only partly active: ${state.reason}`)
  if (state.is === 'promoted') throw failed('start finished, but the resource is promoted')
  await agent.observe?.(context, { ...result, occasion: 'start' })
  return exit.success
}

async function stop(agent: Agent, context: Context, environment: ParameterEnvironment): Promise<ExitCode> {
  const code = await stopAndVerify(agent, context)
  await forgetInterruptions(context)
  await noteStop(context, environment)
  return code
}

async function stopAndVerify(agent: Agent, context: Context): Promise<ExitCode> {
  const { state: found } = await inspectState(agent, context)
  if (found.is === 'stopped' && found.leftover === undefined) return exit.success
  const seen = (await agent.stop(context)) ?? (await agent.inspect(context))
  const state = agent.stateOf(seen, context.parameters)
  if (state.is === 'stopped') return exit.success
  throw failed(`stop finished, but ${state.is === 'incomplete' ? state.reason : 'the resource is still running'}`)
}

async function changeRole(agent: Agent, context: Context, to: 'promoted' | 'started'): Promise<ExitCode> {
  const verb = to === 'promoted' ? 'promote' : 'demote'
  const { state: found } = await inspectState(agent, context)
  if (found.is === 'stopped') throw failed(`cannot ${verb}: the resource is stopped`)
  if (found.is === 'incomplete') throw failed(`cannot ${verb}: ${found.reason}`)
  // the state does not show a promotion that was given up and is still under way
  if (verb === 'demote' || found.is !== to) await agent[verb]?.(context)
  const result = await inspectState(agent, context)
  if (result.state.is !== to) throw failed(`${verb} finished, but the resource is ${result.state.is}`)
  await agent.observe?.(context, { ...result, occasion: 'change of role' })
  return exit.success
}

async function notify(agent: Agent, context: Context, environment: ParameterEnvironment): Promise<ExitCode> {
  const notification = parseNotification(environment)
  if (notification !== undefined) await agent.notify?.(context, notification)
  return exit.success
}

/** Level 0 checks the parameters alone (each one was checked when it was parsed), level 10 this node too. */
async function validate(agent: Agent, context: Context, environment: ParameterEnvironment): Promise<ExitCode> {
  agent.checkParameters?.(context.parameters)
  if (Number(environment.OCF_CHECK_LEVEL) >= 10) await agent.validateHere?.(context)
  return exit.success
}
