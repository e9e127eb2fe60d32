import type { ParameterEnvironment } from './parameters.ts'

/** Pacemaker kills the process group at the timeout; we give up this much earlier, with a reason of our own. */
const MARGIN_MILLISECONDS = 500

/** Who only waits for the one that acts gives up later, so that the reason comes from the one that knows more. */
export const WAITING_MARGIN_MILLISECONDS = 200

/** setTimeout takes no more, and fires at once if it is given more. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1

/** The end of an action's time. */
export interface Deadline {
  /** Aborted when the time is up. */
  readonly signal: AbortSignal
  /** Seconds left, never negative. */
  remainingSeconds(): number
}

/** Thrown into whatever waits when the time is up. */
export class DeadlineReached extends Error {
  readonly seconds: number

  constructor(seconds: number, doing?: string) {
    super(`not finished after ${seconds} s${doing === undefined ? '' : `, while ${doing}`}`)
    this.name = 'DeadlineReached'
    this.seconds = seconds
  }

  /** The same, naming what was being done. */
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

/**
 * A deadline that many milliseconds after `begun`, a time of performance.now(); `cancel` lets the process end before it.
 * Aborted from the start when that is over already.
 */
export function startDeadline(milliseconds: number, begun = performance.now()): Deadline & { cancel(): void } {
  const controller = new AbortController()
  const end = begun + milliseconds
  const reach = () => controller.abort(new DeadlineReached(milliseconds / 1000))
  const left = end - performance.now()
  const timer = left > 0 ? setTimeout(reach, left) : undefined
  if (timer === undefined) reach()
  return {
    signal: controller.signal,
    remainingSeconds: () => Math.max(0, (end - performance.now()) / 1000),
    cancel: () => clearTimeout(timer),
  }
}
