import type { MountContext } from '../parameters.ts'

/** A search takes at most this part of a stop's time, so that enough remains for the other work. */
const PART = 1 / 8

export type SearchLimit = () => () => boolean

/** Returns, at the beginning of each search, a function that tells whether its time has run out. */
export function createSearchLimit({ system, deadline }: MountContext): SearchLimit {
  const milliseconds = deadline.remainingSeconds() * 1000 * PART
  return () => {
    const end = system.now() + milliseconds
    return () => system.now() >= end
  }
}
