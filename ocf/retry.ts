import type { Context } from './agent.ts'

export interface Retry {
  /** The step to report after an attempt, given the reason why it did not succeed. */
  readonly step: (reason: string) => string
  readonly pauseMilliseconds: number
}

/**
 * Repeats `attempt`, which receives the reason of the one before it, until it returns undefined; the deadline bounds it.
 * Meanwhile the reason that it returns is reported as a step, and logged when it changes.
 */
export async function retry(
  { system, deadline, log, step }: Pick<Context, 'system' | 'deadline' | 'log' | 'step'>,
  { step: stepFor, pauseMilliseconds }: Retry,
  attempt: (previous: string) => Promise<string | undefined>,
): Promise<void> {
  for (let previous = ''; ; ) {
    const reason = await attempt(previous)
    if (reason === undefined) return
    if (reason !== previous) log.info(reason)
    previous = reason
    step(stepFor(reason))
    await system.sleep(pauseMilliseconds, deadline.signal)
  }
}
