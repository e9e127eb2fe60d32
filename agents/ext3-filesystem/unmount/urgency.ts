import type { Deadline } from '../../../ocf/deadline.ts'

/**
 * Whether the second half of a stop's time has begun, in which it resorts to harsher measures: a stop that fails gets the node
 * fenced, which ends every process on it.
 */
export type Urgency = () => boolean

export function createUrgency(deadline: Deadline): Urgency {
  const half = deadline.remainingSeconds() / 2
  return () => deadline.remainingSeconds() < half
}
