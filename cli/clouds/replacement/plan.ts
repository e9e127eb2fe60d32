import { bannedSides, withSideReplaced } from '../../../cloud/change/replacement.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { formatSize } from '../../../cloud/sizes.ts'
import { replacementsOn } from '../../../system/nodes/disk/replacement-mark.ts'
import { volumeRoom } from '../../../system/nodes/disk/volume-room.ts'
import { type System, ToolFailed } from '../../../system/system.ts'
import { messageOf } from '../../run/steps.ts'
import { ifAvailable } from '../../run/unavailable.ts'
import { unfinishedGrowths } from '../growth/unfinished.ts'
import { isInSync as areInSync } from '../replication/replication.ts'
import { snapshotsOf } from '../snapshots/cloud-snapshots.ts'
import { type Files, filesAfter } from './files.ts'
import type { Known } from './known.ts'
import { type LeftoverPlan, planLeftover } from './leftover.ts'
import { sideProblems, sidesOf } from './sides.ts'
import { membershipProblems, targetFacts, targetProblems } from './target.ts'

/** A side to be replaced, by another node or, if `to` is the same, by a new disk. */
export interface WantedReplacement {
  readonly cloud: Cloud
  readonly from: string
  readonly to: string | undefined
  readonly choices?: ReplacementChoices | undefined
}

/** What an operator has chosen beside the nodes. */
export interface ReplacementChoices {
  /** The nodes of the cloud afterwards, the preferred one first; otherwise the new one takes the place of the old one. */
  readonly storageNodes?: Cloud['storageNodes']
  /** Whether the new node is about to get the storage role. */
  readonly getsRole?: boolean
}

/** A replacement from its beginning, or one that was broken off before the nodes of the cloud changed. */
export interface BeginPlan {
  readonly kind: 'begin'
  readonly cloud: Cloud
  readonly after: Cloud
  readonly from: string
  readonly to: string
  readonly stays: readonly string[]
  readonly exporter: string
  readonly isFromLost: boolean
  /** Whether an earlier call keeps the old side down already, and for which node. */
  readonly isBanned: boolean
  readonly bannedFor: string | undefined
  /** Whether an earlier call has begun to prepare the new node. */
  readonly isPrepared: boolean
  readonly isInSync: boolean
  readonly sizeBytes: number
  readonly files: Files
}

/** The new side is part of the cloud, and gets the data. */
export interface CopyPlan {
  readonly kind: 'copy'
  readonly cloud: Cloud
  readonly from: string
  readonly to: string
  readonly isFromLost: boolean
}

export type ReplacementPlan = BeginPlan | CopyPlan | LeftoverPlan

/**
 * What is to be done to replace these sides; what an earlier call has done is left out. Reads only.
 * @throws RangeError that names all that cannot be replaced, and why.
 */
export async function planReplacements(
  system: System,
  known: Known,
  wanted: readonly WantedReplacement[],
): Promise<ReplacementPlan[]> {
  const problems: string[] = []
  const plans = await Promise.all(
    wanted.map(async one => {
      try {
        return [await planReplacement(system, known, one)]
      } catch (error) {
        if (!(error instanceof RangeError || error instanceof ToolFailed)) throw error
        problems.push(`the side of ${one.cloud.name} on ${one.from} cannot be replaced: ${messageOf(error)}`)
        return []
      }
    }),
  )
  if (problems.length > 0) throw new RangeError(`${problems.join('; ')} (nothing was changed)`)
  return plans.flat()
}

async function planReplacement(system: System, known: Known, wanted: WantedReplacement): Promise<ReplacementPlan> {
  const { cloud, from } = wanted
  const isFromLost = isLost(known, from)
  const begun = await begunOn(system, cloud)
  const ban = bannedSides([cloud.name], known.snapshot.root).get(cloud.name)
  if (ban !== undefined && ban.from !== from && (cloud.storageNodes.includes(from) || ban.to === from))
    throw new RangeError(
      `its side on ${ban.from} is being replaced: finish that first, with --from ${ban.from} --to ${ban.to}`,
    )
  const isBanned = ban?.from === from
  const to = wanted.to ?? begun.find(one => one.from === from)?.to ?? (isBanned ? ban.to : from)
  const isCopying = !isBanned && begun.some(one => one.from === from && one.to === to)
  if (isCopying && cloud.storageNodes.includes(to)) return { kind: 'copy', cloud, from, to, isFromLost }
  if (!cloud.storageNodes.includes(from)) return planLeftover(system, known, cloud, from)
  return beginPlan(system, known, { cloud, from, to, isFromLost, isBanned, bannedFor: ban?.to }, wanted.choices)
}

/** The sides of a cloud whose volumes replace others. What a node does not tell is left out. */
export async function begunOn(system: System, { storageNodes, volumeGroup, name }: Cloud) {
  const found = await Promise.all(
    storageNodes.map(async to => {
      const from = (await ifAvailable(replacementsOn(system, to)))?.get(`${volumeGroup}/${name}`)
      return from === undefined ? [] : [{ from, to }]
    }),
  )
  return found.flat()
}

/** Whether the cluster has certainly lost a node. @throws RangeError for one that is about to be fenced, or to join. */
function isLost({ status: { haStatus, hasQuorum } }: Known, node: string): boolean {
  const state = haStatus.get(node) ?? 'offline'
  if (['unclean', 'pending'].includes(state) || !hasQuorum)
    throw new RangeError(
      `${hasQuorum ? `${node} is ${state}` : 'the cluster has no quorum'}: wait until that has ended`,
    )
  return state === 'offline'
}

type Begun = Pick<BeginPlan, 'cloud' | 'from' | 'to' | 'isFromLost' | 'isBanned' | 'bannedFor'>

async function beginPlan(
  system: System,
  known: Known,
  begun: Begun,
  { storageNodes, getsRole }: ReplacementChoices = {},
): Promise<BeginPlan> {
  const { cloud, from, to } = begun
  const { cluster } = known.snapshot
  refuse(membershipProblems({ cluster, haStatus: known.status.haStatus }, cloud, { from, to, getsRole }))
  const sides = await sidesOf(system, known, begun)
  refuse(sideProblems(sides))
  const { stays, replication, exporter } = sides
  refuse([...(await snapshotProblems(system, cloud)), ...(await growthProblems(system, known, cloud))])
  const [first = ''] = stays
  const { sizeBytes } = await volumeRoom(system, first, `${cloud.volumeGroup}/${cloud.name}`)
  const target = await targetFacts(system, to, cloud)
  refuse(targetProblems(target, cloud, { from, sizeBytes }))
  const replaced = withSideReplaced(cloud, { from, to })
  const after = storageNodes === undefined ? replaced : { ...replaced, storageNodes }
  const files = await filesAfter(system, after, { stays, to })
  const isInSync = areInSync(replication)
  const isPrepared = target.replaces === from
  return {
    ...{ kind: 'begin', ...begun, after, stays, exporter: exporter ?? '' },
    ...{ isPrepared, isInSync, sizeBytes, files },
  }
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new RangeError(problems.join('; '))
}

async function snapshotProblems(system: System, cloud: Cloud): Promise<string[]> {
  const { snapshots, rollbacks } = await snapshotsOf(system, [cloud])
  if (rollbacks.length > 0)
    return [`its rollback was broken off: finish it with "vhacs storage --rollback ${cloud.name}"`]
  if (snapshots.length === 0) return []
  const names = [...new Set(snapshots.map(({ name }) => name))].join(', ')
  return [
    `it has snapshots (${names}), which a new side would not have: drop them with "vhacs storage --drop ${cloud.name} SNAPSHOT"`,
  ]
}

async function growthProblems(system: System, { active }: Known, cloud: Cloud): Promise<string[]> {
  const found = await unfinishedGrowths(system, [cloud], active)
  return found.map(
    ({ what, sizeBytes }) =>
      `its growth was broken off (${what}): finish it with "vhacs storage --grow ${cloud.name} --size ${formatSize(sizeBytes)}" first`,
  )
}
