import type { System } from '../system/system.ts'
import type { Deadline } from './deadline.ts'
import type { Log } from './log.ts'
import type { Notification } from './notification.ts'
import type { Parameters, Values } from './parameters.ts'
import type { State } from './state.ts'

/** Default timeouts of the actions, in seconds; Pacemaker shows and checks them. */
export interface Timeouts {
  readonly start: number
  readonly stop: number
  readonly monitor: number
  readonly promote?: number
  readonly demote?: number
  readonly notify?: number
}

/** What an action gets to know. */
export interface Context<P extends Parameters = Parameters> {
  readonly parameters: Values<P>
  readonly system: System
  readonly log: Log
  readonly deadline: Deadline
  /** Says what the action is about to do; the deadline's reason names the last one. */
  readonly step: (doing: string) => void
  /** OCF_RESOURCE_INSTANCE: the resource's id in the CIB, with `:N` for an instance of a clone. */
  readonly instance: string
}

/**
 * An agent: what it is called with, what it finds, and what it does.
 * `start` runs only when the resource is stopped, `stop` only when it is not (or has left something over), `promote`
 * only when it is started and `demote` only when it is promoted, for a start too; each is verified by `state` afterwards.
 */
export interface Agent<P extends Parameters = Parameters> {
  readonly name: string
  readonly short: string
  readonly long: string
  readonly parameters: P
  readonly timeouts: Timeouts
  state(context: Context<P>): State | Promise<State>
  start(context: Context<P>): Promise<void>
  stop(context: Context<P>): Promise<void>
  /** A start of what runs already: does what a start that was killed has left undone, if it has. */
  completeStart?(context: Context<P>): Promise<void>
  promote?(context: Context<P>): Promise<void>
  demote?(context: Context<P>): Promise<void>
  notify?(context: Context<P>, notification: Notification): Promise<void>
  /** Runs after each monitor that found it running, and after each action; must be cheap and never throws an error. */
  observe?(context: Context<P>, state: State, occasion: 'probe' | 'monitor' | 'action'): Promise<void>
  /**
   * What the parameters must fulfil beyond their own forms; looks at nothing else. Asked by start and validate-all alone:
   * what runs is monitored and stopped whatever has become of them since. @throws OcfError (6).
   */
  checkParameters?(parameters: Values<P>): void
  /** What a monitor with OCF_CHECK_LEVEL checks beyond the state. */
  readonly deepMonitor?: DeepMonitor<P>
  /** validate-all at level 10: what can be checked on this node without changing it. */
  validateHere?(context: Context<P>): Promise<void>
}

/** A level of OCF_CHECK_LEVEL: 10 is medium, 20 heavy. */
export type CheckLevel = 10 | 20

export interface DeepMonitor<P extends Parameters> {
  /** The levels that differ; a level in between means the next lower one. */
  readonly levels: readonly CheckLevel[]
  /** Runs when the state is started or promoted and not degraded; may do I/O. @throws when it does not work. */
  check(context: Context<P>, level: CheckLevel): Promise<void>
}

/** Keeps the parameter types of the literal; nothing is registered. */
export function defineAgent<const P extends Parameters>(agent: Agent<P>): Agent<P> {
  return agent
}
