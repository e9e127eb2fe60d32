import type { MountContext } from '../parameters.ts'

/** A search takes at most this part of a stop's time, so that there is enough left for what else there is to do. */
const PART = 1 / 8

export type SearchLimit = () => () => boolean

/** Gives, at the beginning of each search, a question whether its time is over. */
export function createSearchLimit({ system, deadline }: MountContext): SearchLimit {
  const milliseconds = deadline.remainingSeconds() * 1000 * PART
  return () => {
    const end = system.now() + milliseconds
    return () => system.now() >= end
  }
}
