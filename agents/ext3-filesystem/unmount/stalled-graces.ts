import type { Namespace } from '../../../system/proc/mount-namespaces.ts'
import type { MountContext } from '../parameters.ts'
import { mountsToRemove } from '../usage/targets.ts'

/** The number of grace periods for which another namespace has kept the file systems mounted without progress. */
export type StalledGraces = (space: Namespace) => number

interface Record {
  /** The lowest number of mounts that it has had. */
  readonly fewest: number
  readonly since: number
  readonly begunAt: number
}

/**
 * The users of such a namespace may hide a mount below another one, give it a name that no tool can use, or mount it again and
 * again. Progress means fewer mounts than ever before, and counts only in the first half of a stop's time.
 */
export function countStalledGraces(
  { system, deadline }: MountContext,
  devices: ReadonlySet<string>,
  graceMilliseconds: number,
): StalledGraces {
  const records = new Map<string, Record>()
  const limit = (deadline.remainingSeconds() / 2) * 1000
  return ({ link, mounts }) => {
    const now = system.now()
    const count = mountsToRemove(mounts, devices).length
    const last = records.get(link) ?? { fewest: Number.POSITIVE_INFINITY, since: now, begunAt: now }
    const record = count < last.fewest ? { ...last, fewest: count, since: now } : last
    records.set(link, record)
    const graces = Math.floor((now - record.since) / graceMilliseconds)
    return now - record.begunAt > limit ? Math.max(graces, 2) : graces
  }
}
