import type { Agent } from '../../../ocf/agent.ts'
import type { ParameterEnvironment } from '../../../ocf/parameters.ts'
import type { System } from '../../../system/system.ts'
import { call, type Result, recurring } from '../call.ts'

/** Calls one action with parameters that replace or complete those of the resource. */
export type Perform = (
  system: System,
  more?: Readonly<Record<string, string>>,
  environment?: ParameterEnvironment,
) => Promise<Result>

export interface Actions {
  readonly start: Perform
  readonly stop: Perform
  /** A recurring monitor. */
  readonly monitor: Perform
  readonly probe: Perform
  /** validate-all at level 10. */
  readonly validate: Perform
}

/** One action of a resource, in the environment that is usual for it. */
export function actionOf(
  agent: Agent,
  parameters: Readonly<Record<string, string>>,
  [action, usual = {}]: readonly [action: string, usual?: ParameterEnvironment],
): Perform {
  return (system, more = {}, environment = {}) =>
    call(agent, action, { system, parameters: { ...parameters, ...more }, environment: { ...usual, ...environment } })
}

/** The actions of one resource, as Pacemaker calls them. */
export function actionsOf(agent: Agent, parameters: Readonly<Record<string, string>>): Actions {
  return {
    start: actionOf(agent, parameters, ['start']),
    stop: actionOf(agent, parameters, ['stop']),
    monitor: actionOf(agent, parameters, ['monitor', recurring]),
    probe: actionOf(agent, parameters, ['monitor']),
    validate: actionOf(agent, parameters, ['validate-all', { OCF_CHECK_LEVEL: '10' }]),
  }
}
