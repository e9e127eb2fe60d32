import { degraded, incomplete, promoted, type State, started } from '../../ocf/state.ts'
import { type DrbdStatus, isConnected, procDrbd } from '../../system/drbd.ts'
import { configuredMinors, DrbdConfigError } from '../../system/drbd-config.ts'
import { ifPresent, type System } from '../../system/system.ts'

/** Status of a resource's volume on this node; undefined when DRBD does not run it. */
export function statusOf(system: System, resource: string): DrbdStatus | undefined {
  const minors = procDrbd(system)?.minors
  // where nothing runs, whatever is wrong with the configuration keeps nobody from stopping it
  if (minors === undefined || minors.size === 0) return undefined
  const minor = minorOf(system, resource)
  return minor === undefined ? undefined : minors.get(minor)
}

/**
 * Minor number of a resource's volume; undefined when nothing on this node tells it.
 * From the configuration, else from udev's link, which outlives a configuration that was taken away or damaged.
 */
export function minorOf(system: System, resource: string): number | undefined {
  return firstMinor(system, resource) ?? linkedMinor(system, resource)
}

function firstMinor(system: System, resource: string): number | undefined {
  try {
    return configuredMinors(system, resource)?.[0]
  } catch (error) {
    if (error instanceof DrbdConfigError) return undefined
    throw error
  }
}

function linkedMinor(system: System, resource: string): number | undefined {
  const target = ifPresent(() => system.readLink(`/dev/drbd/by-res/${resource}/0`))
  const minor = /drbd(\d+)$/.exec(target ?? '')?.[1]
  return minor === undefined ? undefined : Number(minor)
}

/** What a status means to Pacemaker: DRBD's primary is promoted, its secondary is started. */
export function stateOf(status: DrbdStatus): State {
  if (status.disk === 'Diskless' && !isConnected(status))
    return incomplete('it is configured, but has neither its disk nor its peer')
  const isPrimary = status.role === 'Primary'
  const trouble = troubleOf(status)
  if (trouble !== undefined) return degraded(isPrimary ? 'promoted' : 'started', trouble)
  return isPrimary ? promoted : started
}

function troubleOf(status: DrbdStatus): string | undefined {
  const { connection, disk, peerDisk } = status
  if (connection === 'StandAlone')
    return 'it has dropped its peer (StandAlone): a split brain or an operator did that; see the kernel log'
  if (!isConnected(status)) return `no connection to the peer (${connection}); local disk ${disk}`
  if (disk !== 'UpToDate') return `the local disk is ${disk}, the peer's is ${peerDisk} (${connection})`
  if (peerDisk !== 'UpToDate') return `the peer's disk is ${peerDisk} (${connection})`
  return undefined
}
