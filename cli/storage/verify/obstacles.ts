import type { Cloud } from '../../../cloud/cloud.ts'
import { isConnected } from '../../../system/drbd/status.ts'
import { type DrbdReport, drbdReportOn } from '../../../system/nodes/drbd/report.ts'
import { type System, ToolFailed } from '../../../system/system.ts'
import {
  isBeingVerified,
  isInSync,
  isKnown,
  type Replication,
  replicationIn,
  replicationOf,
  type UnknownReplication,
} from '../../clouds/replication/replication.ts'
import { ioText, statesText } from '../../clouds/replication/texts.ts'
import { ifReadable } from '../../run/if-readable.ts'

type Sides = readonly (Replication | UnknownReplication)[]

/** Why a cloud cannot be verified; undefined if it can, or is being verified. Queries its nodes. */
export async function verificationObstacle(system: System, cloud: Cloud): Promise<string | undefined> {
  if (cloud.storageNodes.length > 2) return 'it has three sides, and vhacs only compares two'
  if (cloud.state === 'standby') return `it is in standby (start it with "vhacs storage --active ${cloud.name}")`
  return sidesObstacle(cloud, await replicationOf(system, cloud))
}

/** The same for an active one, by the states of its sides. */
function sidesObstacle({ name }: Cloud, sides: Sides): string | undefined {
  if (isBeingVerified(sides)) return undefined
  const details = `see "vhacs storage --info ${name}"`
  if (!isInSync(sides)) return `its two sides are not both Connected and UpToDate (${statesText(sides)}): ${details}`
  const suspended = sides.filter(isKnown).flatMap(side => ioText(side) ?? [])
  if (suspended.length > 0) return `${suspended[0]}: ${details}`
  if (primaryAmong(sides) === undefined)
    return `not exactly one side is primary, so neither is the one whose data are used: ${details}`
  return undefined
}

/** The only side that is primary: its data are those that the mount has. Undefined if there is none, or more than one. */
export function primaryAmong(sides: Sides): string | undefined {
  const found = sides.filter(isKnown).filter(({ role }) => role === 'Primary')
  return found.length === 1 ? found[0]?.node : undefined
}

/** How much of a cloud differs, as far as either side knows. */
export function differentBytes(sides: Sides): number {
  return Math.max(0, ...sides.filter(isKnown).map(side => side.outOfSyncBytes))
}

/** One of these clouds that is being verified or resynced, for a message such as `c1 is being verified`; undefined if none is. */
export async function activityAmong(system: System, clouds: readonly Cloud[]): Promise<string | undefined> {
  const nodes = new Set(clouds.flatMap(({ storageNodes }) => storageNodes))
  const reports = new Map(
    await Promise.all([...nodes].map(async node => [node, await reportOf(system, node)] as const)),
  )
  for (const cloud of clouds) {
    const connections = cloud.storageNodes.flatMap(node => {
      const side = ifReadable(() => replicationIn(reports.get(node), { ...cloud, node }))
      return side === undefined || 'problem' in side ? [] : [side.connection]
    })
    if (connections.some(connection => connection.startsWith('Verify'))) return `${cloud.name} is being verified`
    const isResync = (connection: string) => isConnected({ connection }) && connection !== 'Connected'
    if (connections.some(isResync)) return `${cloud.name} is being resynchronised`
  }
  return undefined
}

/** Undefined for a node that does not answer: nothing of it is in sync, and so nothing is compared. */
async function reportOf(system: System, node: string): Promise<DrbdReport | undefined> {
  try {
    return (await drbdReportOn(system, node)).report
  } catch (error) {
    if (error instanceof ToolFailed || error instanceof RangeError) return undefined
    throw error
  }
}
