import type { Rehearsal } from '../../../cloud/rehearsal/record.ts'

/** The result of the last rehearsal of a storage, as JSON shows it. */
export interface LastRehearsal {
  readonly at: string
  readonly ageSeconds: number
  readonly isPassed: boolean
  /** The node that the export was moved to, and back from. */
  readonly node: string
  /** The pauses of the I/O at the move there and at the move back; null if it failed. */
  readonly pauseSeconds: readonly number[] | null
  /** Why it failed, else null. */
  readonly reason: string | null
}

/** For JSON; `now` is in milliseconds since the epoch. */
export function lastRehearsalObject({ at, node, pauseSeconds, reason }: Rehearsal, now: number): LastRehearsal {
  const ageSeconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000))
  return {
    ...{ at, ageSeconds, isPassed: pauseSeconds !== undefined, node },
    ...{ pauseSeconds: pauseSeconds ?? null, reason: reason ?? null },
  }
}

/** For people: `passed 3 days ago: to node2 and back, I/O paused for 1.4 s and 1.2 s`. */
export function lastRehearsalText(found: LastRehearsal | null): string {
  if (found === null) return 'never'
  const { ageSeconds, node, pauseSeconds, reason } = found
  if (pauseSeconds === null) return `FAILED ${ageText(ageSeconds)}: to ${node}: ${reason}`
  const pauses = pauseSeconds.map(seconds => `${seconds.toFixed(1)} s`).join(' and ')
  return `passed ${ageText(ageSeconds)}: to ${node} and back, I/O paused for ${pauses}`
}

/** `3 days ago`. */
export function ageText(seconds: number): string {
  const hours = seconds / 3600
  if (hours >= 48) return `${Math.floor(hours / 24)} days ago`
  if (hours >= 2) return `${Math.floor(hours)} hours ago`
  return seconds < 120 ? 'less than 2 minutes ago' : `${Math.floor(seconds / 60)} minutes ago`
}
