import type { Deadline } from '../../../ocf/deadline.ts'

/**
 * Whether the second half of a stop's time has begun: the time for what it would rather not do. A stop that fails has the node
 * fenced, which ends every process on it.
 */
export type Urgency = () => boolean

export function createUrgency(deadline: Deadline): Urgency {
  const half = deadline.remainingSeconds() / 2
  return () => deadline.remainingSeconds() < half
}
