import { monotonicMilliseconds } from '../system/host/monotonic.ts'
import type { ParameterEnvironment } from './parameters.ts'

/** Pacemaker kills the process group at the timeout; an action times out this much earlier, with a reason of its own. */
const MARGIN_MILLISECONDS = 500

/**
 * A parent that waits for its supervised child times out later, so that the reason comes from the child, which has more details.
 */
export const WAITING_MARGIN_MILLISECONDS = 200

/** The maximum of setTimeout, which fires at once for anything longer. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1

/** The time by which an action must be finished. */
export interface Deadline {
  /** Aborted when the time is up. Made on first use, because most monitors need none. */
  readonly signal: AbortSignal
  /** Seconds left, never negative. */
  remainingSeconds(): number
}

/** Rejects pending waits when the time is up. */
export class DeadlineReached extends Error {
  readonly seconds: number

  constructor(seconds: number, doing?: string) {
    super(`not finished after ${seconds} s${doing === undefined ? '' : `, while ${doing}`}`)
    this.name = 'DeadlineReached'
    this.seconds = seconds
  }

  /** The same error, which also names the step in progress. */
  while(doing: string): DeadlineReached {
    return new DeadlineReached(this.seconds, doing)
  }
}

/**
 * How long the action may take, in milliseconds: OCF_RESKEY_CRM_meta_timeout less a margin.
 * Falls back to the agent's default: `crm_resource --force-start` and operators at a shell do not set it.
 */
export function allowedMilliseconds(
  environment: ParameterEnvironment,
  defaultSeconds: number,
  margin = MARGIN_MILLISECONDS,
): number {
  const given = Number(environment.OCF_RESKEY_CRM_meta_timeout)
  const timeout = Number.isFinite(given) && given > 0 ? given : defaultSeconds * 1000
  return Math.min(Math.max(timeout - margin, timeout / 2), LONGEST_TIMER_MILLISECONDS)
}

/** A deadline whose timer runs. */
export interface RunningDeadline extends Deadline {
  /** Rejects with DeadlineReached when the time is up, at once if it is up already. */
  readonly reached: Promise<never>
  /** Lets the process end before the deadline. */
  cancel(): void
}

/** A deadline that many milliseconds after `begun`, a time of `monotonicMilliseconds`. */
export function startDeadline(milliseconds: number, begun = monotonicMilliseconds()): RunningDeadline {
  const { promise: reached, reject } = Promise.withResolvers<never>()
  // whoever waits for it handles it
  reached.catch(() => undefined)
  let controller: AbortController | undefined
  let reason: DeadlineReached | undefined
  const reach = () => {
    reason = new DeadlineReached(milliseconds / 1000)
    controller?.abort(reason)
    reject(reason)
  }
  const left = () => begun + milliseconds - monotonicMilliseconds()
  const timer = left() > 0 ? setTimeout(reach, left()) : undefined
  if (timer === undefined) reach()
  return {
    get signal() {
      controller ??= new AbortController()
      if (reason !== undefined) controller.abort(reason)
      return controller.signal
    },
    reached,
    remainingSeconds: () => Math.max(0, left() / 1000),
    cancel: () => clearTimeout(timer),
  }
}
