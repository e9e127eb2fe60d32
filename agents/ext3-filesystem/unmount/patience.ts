import type { Namespace } from '../../../system/proc/mount-namespaces.ts'
import type { MountContext } from '../parameters.ts'
import { mountsToRemove } from '../usage/targets.ts'

/** How many grace periods a namespace other than ours has kept the file systems without progress. */
export type Patience = (space: Namespace) => number

interface Record {
  /** The fewest mounts that it has had. */
  readonly fewest: number
  readonly since: number
  readonly begunAt: number
}

/**
 * The users of such a namespace may hide a mount below another, name it as no tool can, or mount it again and again. Progress is
 * fewer mounts than ever before, and not for longer than half of the time that a stop has.
 */
export function createPatience(
  { system, deadline }: MountContext,
  devices: ReadonlySet<string>,
  graceMilliseconds: number,
): Patience {
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
