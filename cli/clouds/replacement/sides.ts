import type { Cloud } from '../../../cloud/cloud.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import { partPlaces } from '../../../cloud/readiness/part.ts'
import type { System } from '../../../system/system.ts'
import { type CloudFence, fencesOn } from '../fence-constraints.ts'
import {
  isKnown,
  isSplit,
  type PeerReplication,
  type Replication,
  replicationOf,
  type UnknownReplication,
} from '../replication/replication.ts'
import { ioText, notInSyncText, statesText } from '../replication/texts.ts'
import type { Known } from './known.ts'

/** The sides of a cloud before one of them is replaced. */
export interface Sides {
  readonly cloud: Cloud
  readonly from: string
  readonly stays: readonly string[]
  readonly replication: readonly (Replication | UnknownReplication)[]
  readonly fences: readonly CloudFence[]
  /** The node that exports it. */
  readonly exporter: string | undefined
  /** Whether an earlier call keeps the old side down already. */
  readonly isBanned: boolean
}

/** The sides of a cloud, one of which is to be replaced. Reads only. */
export async function sidesOf(
  system: System,
  { snapshot, active }: Pick<Known, 'snapshot' | 'active'>,
  { cloud, from, isBanned }: Pick<Sides, 'cloud' | 'from' | 'isBanned'>,
): Promise<Sides> {
  const { export: exporter } = partPlaces(cloud, active)
  const stays = cloud.storageNodes.filter(node => node !== from)
  const replication = await replicationOf(system, cloud)
  return { cloud, from, isBanned, stays, replication, exporter, fences: fencesOn(cloud.name, snapshot.text) }
}

/**
 * Why a side cannot be taken from a cloud: those that stay must have all data. The side that goes may be down, or have lost its disk; one
 * that works must be in sync, because otherwise it may have what the others do not have.
 */
export function sideProblems(sides: Sides): string[] {
  const { cloud, stays, replication, exporter } = sides
  if (cloud.state === 'standby')
    return [`it is in standby, so its data cannot be copied: start it with "vhacs storage --active ${cloud.name}"`]
  if (exporter === undefined)
    return [
      `no node exports it (see "vhacs storage --info ${cloud.name}"): its data must be in use on a side that stays`,
    ]
  const staying = replication.filter(({ node }) => stays.includes(node))
  const found = [...staying.flatMap(side => stayingProblems(side, sides)), ...fenceProblems(sides)]
  return found.length > 0 ? found : oldSideProblems(sides)
}

function stayingProblems(side: Replication | UnknownReplication, { stays }: Sides): string[] {
  if (!isKnown(side)) return [`the data of ${side.node}, which stays, are unknown: ${side.problem}`]
  const { node, disk, peers = [] } = side
  if (disk !== 'UpToDate')
    return [`the data of ${node}, which stays, are ${disk}: only a side that is UpToDate can be copied`]
  const why = ioText(side)
  if (why !== undefined) return [`${node}, which stays: ${why}`]
  const others = peers.filter(peer => stays.includes(peer.node))
  return others
    .filter(peer => !isGood(peer))
    .map(peer => `${node} and ${peer.node}, which stay, are ${peer.connection}`)
}

const isGood = ({ connection, disk }: PeerReplication) => connection === 'Connected' && disk === 'UpToDate'

function fenceProblems({ stays, fences }: Sides): string[] {
  return fences
    .filter(({ goodNodes }) => !stays.every(node => goodNodes.includes(node)))
    .map(({ id, goodNodes }) => `DRBD allows only the data of ${joinedNames(goodNodes)} to be used (${id})`)
}

function oldSideProblems({ cloud, from, stays, replication, exporter, isBanned }: Sides): string[] {
  const old = replication.find(({ node }) => node === from)
  const isDown = old === undefined || !isKnown(old) || isBanned
  if (isDown || ['Diskless', 'Failed'].includes(old.disk)) {
    if (stays.includes(exporter ?? '') || (!isDown && old.connection === 'Connected')) return []
    const states = statesText(replication)
    return [
      `${from} exports it and is not connected (${states}), so its data may be newer: repair the connection first`,
    ]
  }
  if (isSplit(replication))
    return [`it has a split brain: resolve that first with "vhacs storage --unfail ${cloud.name} --discard NODE"`]
  const all = replication.filter(isKnown)
  const areAllGood =
    all.length === replication.length &&
    all.every(
      ({ connection, disk, peerDisk }) => connection === 'Connected' && disk === 'UpToDate' && peerDisk === 'UpToDate',
    )
  if (areAllGood) return []
  const standby = stays.includes(exporter ?? '') ? `, or put ${from} in standby, so that its side is down` : ''
  return [`${notInSyncText(cloud.name, replication)}${standby}`]
}
