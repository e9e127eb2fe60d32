import type { Cloud } from '../../../cloud/cloud.ts'
import { resourceIds } from '../../../cloud/ids.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import { vhostsAmong } from '../../../cloud/node-attributes.ts'
import { isAccepted } from '../../../system/drbd/fence-constraint.ts'
import type { System } from '../../../system/system.ts'
import { type CloudFence, fencesOn } from '../../clouds/fence-constraints.ts'
import {
  isKnown,
  type Replication,
  replicationOf,
  type UnknownReplication,
} from '../../clouds/replication/replication.ts'
import type { AloneFacts } from './facts.ts'

/**
 * What the data of a cloud are that are left.
 * - `newest`: DRBD says that no lost node has newer ones, or an operator has accepted them; or no side is lost.
 * - `unread`: known when DRBD runs.
 * - `unsure`: a lost node may have newer ones.
 * - `older`: a lost node has newer ones.
 * - `useless`: they are incomplete, or too few sides are left: nothing can be served.
 */
export type Verdict = 'newest' | 'unread' | 'unsure' | 'older' | 'useless'

/** The data of a cloud that are left. */
export interface CloudData {
  readonly cloud: Cloud
  readonly verdict: Verdict
  readonly why: string
  /** Of two sides, the one that is left; undefined where no side, or no other one, is lost. */
  readonly side: string | undefined
  /** DRBD's state of the disk of that side, once it is known. */
  readonly disk: string | undefined
}

type Known = Pick<AloneFacts, 'snapshot' | 'present' | 'lost'>

/** The data of all clouds that should run. Asks DRBD on the nodes that are left. */
export async function dataOfClouds(system: System, known: Known): Promise<CloudData[]> {
  const clouds = known.snapshot.cluster.clouds.filter(({ state }) => state === 'active')
  return Promise.all(clouds.map(cloud => dataOf(system, known, cloud)))
}

/** The data of one cloud. */
export async function dataOf(system: System, known: Known, cloud: Cloud): Promise<CloudData> {
  const { present, lost, snapshot } = known
  const { storageNodes } = cloud
  const left = storageNodes.filter(node => present.includes(node))
  const gone = storageNodes.filter(node => lost.includes(node))
  const whole = { cloud, side: undefined, disk: undefined }
  const [side, ...more] = left
  if (side === undefined)
    return { ...whole, verdict: 'useless', why: `its data are only on ${joinedNames(storageNodes)}` }
  if (gone.length === 0) return { ...whole, verdict: 'newest', why: `none of its sides is lost` }
  if (storageNodes.length > 2) {
    const isMajority = left.length * 2 > storageNodes.length
    const texts = isMajority
      ? 'most of its sides are left'
      : `DRBD promotes it only with a majority of its ${storageNodes.length} sides`
    return { ...whole, verdict: isMajority ? 'newest' : 'useless', why: texts }
  }
  if (more.length > 0) return { ...whole, verdict: 'newest', why: 'both sides are left' }
  const [replication] = await replicationOf(system, cloud, [side])
  const fence = fencesOn(cloud.name, snapshot.text)[0]
  const isChosen = fence !== undefined && isChosenBy(fence, cloud, side)
  const evidence = { side, gone: joinedNames(gone), fence, isChosen, replication }
  return { cloud, side, disk: diskOf(replication), ...verdictOf(evidence) }
}

/** Whether an operator has accepted the data of that side, also if a handler has renewed the constraint since. */
function isChosenBy({ goodNodes, mark }: CloudFence, { name }: Cloud, side: string): boolean {
  const hasWord = isAccepted({ resource: name, clone: resourceIds(name).drbdClone, mark })
  return hasWord && goodNodes.length === 1 && goodNodes[0] === side
}

/** DRBD is still reading the meta-data, or comparing them with those of a peer. */
const UNSETTLED = ['Attaching', 'Negotiating']

function diskOf(replication: Replication | UnknownReplication | undefined): string | undefined {
  return replication !== undefined && isKnown(replication) && !UNSETTLED.includes(replication.disk)
    ? replication.disk
    : undefined
}

interface Evidence {
  readonly side: string
  readonly gone: string
  readonly fence: CloudFence | undefined
  readonly isChosen: boolean
  readonly replication: Replication | UnknownReplication | undefined
}

function verdictOf({ side, gone, fence, isChosen, replication }: Evidence): Pick<CloudData, 'verdict' | 'why'> {
  const disk = diskOf(replication)
  const isFenced = fence !== undefined && !fence.goodNodes.includes(side)
  if (disk !== undefined && !['UpToDate', 'Consistent', 'Outdated'].includes(disk))
    return { verdict: 'useless', why: `its data on ${side} are ${disk}: they cannot be used` }
  if (isFenced)
    return { verdict: 'older', why: `${joinedNames(fence.goodNodes)} has newer data than ${side} (${fence.id})` }
  if (disk === 'Outdated') return { verdict: 'older', why: `its data on ${side} are Outdated: ${gone} has newer ones` }
  if (isChosen) return { verdict: 'newest', why: `its data on ${side} have been accepted` }
  if (disk === 'UpToDate') return { verdict: 'newest', why: `its data on ${side} are UpToDate` }
  if (disk === undefined)
    return { verdict: 'unread', why: `DRBD must run on ${side} to show whether its data there are the newest` }
  return { verdict: 'unsure', why: `its data on ${side} are Consistent, but ${gone} may have newer ones` }
}

/** A line for each cloud: what its data are, and whether anything could mount it. */
export function dataLines(data: readonly CloudData[], { snapshot, present }: Known): string[] {
  const vhosts = vhostsAmong(snapshot.cluster.nodes).filter(node => present.includes(node))
  const without = vhosts.length === 0 ? ['no node that is left has the vhost role: nothing can be mounted'] : []
  const { incomplete } = snapshot.cluster
  return [
    ...data.map(({ cloud: { name }, why, verdict }) => `${name}: ${why}${CONSEQUENCES[verdict]}`),
    ...incomplete.map(
      ({ name, why }) => `${name}: it differs from what vhacs created, and is left to Pacemaker: ${why}`,
    ),
    ...without,
  ]
}

const CONSEQUENCES: Readonly<Record<Verdict, string>> = {
  newest: ': it will be served',
  unread: '',
  unsure: ': it will not be served before you accept that',
  older: ': it will not be served before you accept that',
  useless: ': it cannot be served',
}
