import type { Deadline } from '../../../ocf/deadline.ts'
import type { MountContext } from '../parameters.ts'

/**
 * Whether the second half of a stop's time has begun, in which it resorts to harsher measures: a stop that fails gets the node
 * fenced, which ends every process on it.
 */
export type Urgency = () => boolean

export function createUrgency(deadline: Deadline): Urgency {
  const half = deadline.remainingSeconds() / 2
  return () => deadline.remainingSeconds() < half
}

/** A search takes at most this part of a stop's time, so that enough remains for the other work. */
const PART = 1 / 8

/** Returns, at the beginning of each search, a function that tells whether its time has run out. */
export type SearchLimit = () => () => boolean

export function createSearchLimit({ system, deadline }: MountContext): SearchLimit {
  const milliseconds = deadline.remainingSeconds() * 1000 * PART
  return () => {
    const end = system.now() + milliseconds
    return () => system.now() >= end
  }
}
