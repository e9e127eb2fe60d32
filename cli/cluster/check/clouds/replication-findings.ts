import type { Cloud } from '../../../../cloud/cloud.ts'
import { resourceIds } from '../../../../cloud/ids.ts'
import { joinedNames } from '../../../../cloud/listed-names.ts'
import type { System } from '../../../../system/system.ts'
import { fencesOn } from '../../../clouds/fence-constraints.ts'
import {
  isKnown,
  isReplicating,
  isSplit,
  type Replication,
  replicationIn,
  replicationOf,
  type UnknownReplication,
} from '../../../clouds/replication/replication.ts'
import { connectionText, discardByHand, ioText } from '../../../clouds/replication/texts.ts'
import { ifReadable } from '../../../run/if-readable.ts'
import { drbdIn } from '../../examine/drbd.ts'
import type { Examination } from '../../examine/examination.ts'
import { error, type Finding, warning } from '../../examine/finding.ts'
import type { Evidence } from '../evidence.ts'

/**
 * Findings about the replication of a storage, unless its DRBD is down altogether or one of its nodes is unreachable: those
 * are findings already.
 */
export async function replicationFindings(
  system: System,
  cloud: Cloud,
  { active, cib, examinations }: Pick<Evidence, 'active' | 'cib' | 'examinations'>,
): Promise<Finding[]> {
  const { name, storageNodes } = cloud
  const all = storageNodes.flatMap(node => examinations.filter(examined => examined.node === node))
  if (all.length < storageNodes.length || !active.has(resourceIds(name).drbd)) return []
  const [fence] = fencesOn(name, cib)
  if (all.every(examined => looksGood(examined, cloud))) {
    if (fence === undefined) return []
    const what = `${name} can run on the data of ${joinedNames(fence.goodNodes)} alone: DRBD's fence constraint ${fence.id} still exists`
    return [error(what, `vhacs storage --unfail ${name}`)]
  }
  const sides = await replicationOf(system, cloud)
  if (isReplicating(sides)) return suspendedFindings(cloud, sides)
  return [isSplit(sides) ? splitBrain(cloud) : notInSync(cloud, sides)]
}

/** Whether all sides are in sync as far as the examination of a node shows. */
function looksGood(examined: Examination, cloud: Cloud): boolean {
  // of text that cannot be parsed, the node is queried again, and then the reason is reported
  const side = ifReadable(() => replicationIn(drbdIn(examined), { ...cloud, node: examined.node }))
  if (side === undefined || 'problem' in side || side.suspended !== null) return false
  return isReplicating([{ ...side, node: examined.node, hasSplitBrain: false }])
}

function splitBrain({ name, storageNodes }: Cloud): Finding {
  const what =
    storageNodes.length === 2
      ? `${name} has a split brain: ${storageNodes.join(' and ')} each have changes that the other does not have`
      : `${name} has a split brain: of ${joinedNames(storageNodes)}, two each have changes that the other does not have`
  if (storageNodes.length > 2) return error(what, discardByHand(name))
  return error(what, `choose the node whose changes are to be lost: vhacs storage --unfail ${name} --discard NODE`)
}

/** Of sides that are in sync. */
function suspendedFindings({ name }: Cloud, sides: readonly (Replication | UnknownReplication)[]): Finding[] {
  return sides.filter(isKnown).flatMap(side => {
    const why = ioText(side)
    if (why === undefined) return []
    const todo = side.suspended === 'user' ? `drbdadm resume-io ${name}` : `vhacs storage --info ${name}`
    return [error(`${name}: ${why}`, todo, side.node)]
  })
}

function notInSync({ name }: Cloud, sides: readonly (Replication | UnknownReplication)[]): Finding {
  const states = sides.map(side =>
    isKnown(side)
      ? `${side.node} ${connectionText(side)}, ${side.disk}${side.syncedPercent === null ? '' : ` ${side.syncedPercent}%`}${ioSuffix(side)}`
      : `${side.node} ${side.problem}`,
  )
  const isUnderWay = sides.every(side => isKnown(side) && /^(PausedSync|Sync)/.test(side.connection))
  const what = `${name} is not in sync: ${states.join('; ')}`
  const details = `vhacs storage --info ${name}`
  const lost = sides.filter(isKnown).filter(({ disk }) => ['Diskless', 'Failed'].includes(disk))
  if (isUnderWay) return warning(what, `wait for the resync to end ("${details}" shows how far it is)`)
  if (lost.length > 0) {
    const nodes = lost.map(({ node }) => node).join(' and ')
    return error(what, `repair the disk of ${nodes}, then run "drbdadm adjust ${name}" there ("${details}" shows more)`)
  }
  return error(
    what,
    `check the replication network, and the journals of ${sides.length === 2 ? 'both' : 'its'} nodes ("${details}" shows more)`,
  )
}

function ioSuffix(side: Replication): string {
  const why = ioText(side)
  return why === undefined ? '' : ` (${why})`
}
