import type { System } from '../system/system.ts'
import type { Deadline } from './deadline.ts'
import type { Log } from './log.ts'
import type { Notification } from './notification.ts'
import type { Parameters, Values } from './parameters.ts'
import type { Health, State } from './state.ts'

/** Default timeouts of the actions, in seconds; Pacemaker shows and checks them. */
interface Timeouts {
  readonly start: number
  readonly stop: number
  readonly monitor: number
  readonly promote?: number
  readonly demote?: number
  readonly notify?: number
}

/** What an action receives. */
export interface Context<P extends Parameters = Parameters> {
  readonly parameters: Values<P>
  readonly system: System
  readonly log: Log
  readonly deadline: Deadline
  /** Reports the next step of the action; the reason at the deadline names the last one. */
  readonly step: (doing: string) => void
  /** OCF_RESOURCE_INSTANCE: the resource's id in the CIB, with `:N` for an instance of a clone. */
  readonly instance: string
  /** A monitor that Pacemaker repeats: it should start no process. Undefined for a probe and all other actions. */
  readonly isRecurring?: true
}

/** When an agent observes: during a probe, a recurring monitor, or at the end of a start, or of a promotion or demotion. */
export type Occasion = 'probe' | 'monitor' | 'start' | 'change of role'

/** The result of an inspection, and the state that it means. */
interface Observation<Seen> {
  readonly seen: Seen
  readonly state: State
  readonly occasion: Occasion
}

/**
 * An agent: its parameters, how it reads the node and interprets that, and its actions.
 * `start` runs only when the resource is stopped, `stop` only when it is not (or a leftover remains), `promote` only when it
 * is started, and `demote` when it is started or promoted, also for the start of a promoted one; after each, the node is inspected again to
 * verify it.
 */
export interface Agent<P extends Parameters = Parameters, Seen = unknown> {
  readonly name: string
  readonly short: string
  readonly long: string
  readonly parameters: P
  readonly timeouts: Timeouts
  /** Everything that the state depends on. Reads only: nothing is written, noted or removed. */
  inspect(context: Context<P>): Seen | Promise<Seen>
  /** The state that was seen, in Pacemaker's terms. Pure. */
  stateOf(seen: Seen, parameters: Values<P>): State
  start(context: Context<P>): Promise<void>
  /** May return what the node shows afterwards, if only the stop itself can know it; otherwise `inspect` verifies the result. */
  stop(context: Context<P>): Promise<void> | Promise<Seen | undefined>
  /** A start of what already runs: completes what an earlier start, killed on its way, left undone. */
  completeStart?(context: Context<P>, seen: Seen): Promise<void>
  promote?(context: Context<P>): Promise<void>
  demote?(context: Context<P>): Promise<void>
  notify?(context: Context<P>, notification: Notification): Promise<void>
  /**
   * Writes notes and reports about what was seen. Runs after each monitor that found the resource running and after each start,
   * promotion and demotion; must be cheap, and never throws an error.
   */
  observe?(context: Context<P>, observation: Observation<Seen>): Promise<void>
  /**
   * Checks constraints between the parameters, beyond their individual forms; reads nothing else. Only start and validate-all call
   * it: a running resource is monitored and stopped whatever its parameters are now. @throws OcfError (6).
   */
  checkParameters?(parameters: Values<P>): void
  /** What a monitor with OCF_CHECK_LEVEL checks beyond the state. */
  readonly deepMonitor?: DeepMonitor<P>
  /** validate-all at level 10: what can be checked on this node without changing it. */
  validateHere?(context: Context<P>): Promise<void>
}

/** A level of OCF_CHECK_LEVEL: 10 is medium, 20 heavy. */
export type CheckLevel = 10 | 20

interface DeepMonitor<P extends Parameters> {
  /** The levels with different checks; a level in between means the next lower one. */
  readonly levels: readonly CheckLevel[]
  /**
   * Runs when the state is started or promoted, and neither degraded nor interrupted; may do I/O. @throws when the resource does
   * not work.
   */
  check(context: Context<P>, level: CheckLevel): Promise<Health>
}

/** Keeps the types of the literal; nothing is registered. */
export function defineAgent<const P extends Parameters, Seen>(agent: Agent<P, Seen>): Agent<P, Seen> {
  return agent
}
