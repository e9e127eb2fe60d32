import type { System } from '../../system/system.ts'
import type { Agent } from '../agent.ts'
import { allowedMilliseconds } from '../deadline.ts'
import type { WriteLine } from '../log.ts'
import type { ParameterEnvironment } from '../parameters.ts'
import type { SupervisedChild } from './supervision.ts'

/** One call of an agent by Pacemaker or an operator. */
export interface Invocation {
  readonly action: string | undefined
  readonly environment: ParameterEnvironment
  /** When the call was made, a time of `monotonicMilliseconds`: Pacemaker's timeout runs from there. Without it, now. */
  readonly begun?: number
  readonly system: System
  readonly writeOutput: WriteLine
  readonly writeError: WriteLine
  /** Receives each step that the action is about to do. */
  readonly onStep?: (doing: string) => void
  /** Starts a child that performs this very call; without it, this process performs the action. */
  readonly startChild?: () => Promise<SupervisedChild>
}

/** The default of an action for which an agent declares none, such as validate-all. */
const DEFAULT_SECONDS = 20

/** The time limit of an invocation's action, in milliseconds; `margin` is the time that remains until Pacemaker's timeout. */
export function allowedMillisecondsOf(
  { timeouts }: Pick<Agent, 'timeouts'>,
  { action = '', environment }: Pick<Invocation, 'action' | 'environment'>,
  margin?: number,
): number {
  const declared: Readonly<Record<string, number | undefined>> = { ...timeouts }
  return allowedMilliseconds(environment, declared[action] ?? DEFAULT_SECONDS, margin)
}
