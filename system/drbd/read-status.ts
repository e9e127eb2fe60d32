import { exists, listNames } from '../files.ts'
import type { System } from '../system.ts'
import { statusByDrbdsetup } from './drbdsetup-status.ts'
import { isAnyUnclaimed, minorByDrbdsetup, minorOf } from './minors.ts'
import { type ProcDrbd, procDrbd } from './proc-drbd.ts'
import type { DrbdLeftover, DrbdStatus } from './status.ts'

/**
 * The status of a resource on this node; undefined when it is not up.
 * For DRBD 8.4 from /proc/drbd, and from drbdsetup where nothing else shows the owner of a minor. DRBD 9 shows no state in any
 * file, so `drbdsetup status --json` is run, unless the node has no DRBD device at all.
 */
export async function drbdStatus(
  system: System,
  resource: string,
  signal: AbortSignal,
): Promise<DrbdStatus | DrbdLeftover | undefined> {
  const proc = procDrbd(system)
  if (proc === undefined) return undefined
  if (proc.version.major >= 9) {
    const isAnyUp = listNames(system, '/sys/block').some(name => name.startsWith('drbd'))
    return isAnyUp ? statusByDrbdsetup(system, resource, signal) : undefined
  }
  const minor = await minorIn(proc, system, resource, signal)
  const found = minor === undefined ? undefined : proc.minors.get(minor)
  if (minor !== undefined && found === 'unconfigured')
    return { leftover: `minor ${minor} has neither a disk nor a connection` }
  if (minor === undefined || found === undefined || found === 'unconfigured')
    return exists(system, `/sys/kernel/debug/drbd/resources/${resource}`)
      ? { leftover: `resource ${resource} has no volume` }
      : undefined
  return { minor, ...found }
}

/** The minor of a resource in DRBD 8.4. A minor without an owner may be that of a resource whose configuration was removed. */
async function minorIn(
  { minors }: ProcDrbd,
  system: System,
  resource: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (minors.size === 0) return undefined
  const minor = minorOf(system, resource)
  if (minor !== undefined && minors.has(minor)) return minor
  return isAnyUnclaimed(system, minors.keys()) ? minorByDrbdsetup(system, resource, signal) : undefined
}
