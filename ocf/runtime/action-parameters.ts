import type { Agent } from '../agent.ts'
import { OcfError } from '../exit.ts'
import type { Log } from '../log.ts'
import {
  type ParameterEnvironment,
  type Parameters,
  parseForStop,
  parseParameters,
  type Values,
} from '../parameters.ts'

interface Call {
  readonly action: string | undefined
  readonly environment: ParameterEnvironment
}

/**
 * The parameters of an action; undefined for a stop whose parameters do not identify what to stop. Pacemaker stops a resource with
 * the parameters with which it was started, so wrong ones mean that the start was refused, or that a less strict agent accepted
 * them. What such an agent started is stopped if it can be identified; any exit code other than success would fence the node for a
 * typing mistake.
 * @throws OcfError (6) for a wrong parameter of any other action.
 */
export function parametersOfAction<P extends Parameters>(
  { parameters }: Pick<Agent<P>, 'parameters'>,
  { action, environment }: Call,
  log: Log,
): Values<P> | undefined {
  if (action !== 'stop') return parseParameters(parameters, environment)
  try {
    const { values, faults } = parseForStop(parameters, environment)
    for (const fault of faults) log.warn(`${fault}; stopping as if it were not set`)
    return values
  } catch (error) {
    if (!(error instanceof OcfError)) throw error
    log.warn(`${error.message}; nothing can have been started with it, so there is nothing to stop`)
    return undefined
  }
}
