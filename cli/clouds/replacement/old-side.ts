import { sideBanPatch, sideBanPath } from '../../../cloud/change/replacement.ts'
import { sidesIn } from '../../../cloud/compose/drbd/side.ts'
import { resourceIds } from '../../../cloud/ids.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import { parseActiveResources, parsePendingResources } from '../../../cloud/pacemaker/active-resources.ts'
import { parseClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { newFailure } from '../../../cloud/pacemaker/new-failure.ts'
import { rehearsalPath } from '../../../cloud/rehearsal/constraint.ts'
import { drbdadmOn, dropPeer } from '../../../system/nodes/drbd/drbdadm.ts'
import { deleteAt, monitorCluster } from '../../../system/pacemaker/cib/cib.ts'
import { allOf, type Step, type Work } from '../../run/steps.ts'
import { changeCib } from '../change-cib.ts'
import { replaceResourceFile, restoreResourceFile } from '../creation/resource-file.ts'
import { poll } from '../lifecycle.ts'
import { moveExport } from '../moves/move.ts'
import { isKnown, replicationOf } from '../replication/replication.ts'
import { statesText } from '../replication/texts.ts'
import type { BeginPlan } from './plan.ts'

/** Longer than the stops of DRBD and of the volume together. */
const STOP_SECONDS = 300

/**
 * Moves the export of a cloud from the side that goes to one that stays, as a rehearsal does. It stays there afterwards.
 * @throws StepFailed
 */
export async function leaveOldSide(work: Work, { cloud, from, stays, isInSync }: BeginPlan): Promise<void> {
  const [to = ''] = stays
  try {
    await moveExport(work, { cloud, from, to, vhost: '' }, { needsSync: isInSync })
  } catch (error) {
    // it expires otherwise
    await deleteAt(work.system, rehearsalPath(cloud.name)).catch(() => undefined)
    throw error
  }
}

/** Takes the old side down, and keeps it down. */
export function stopSteps(work: Work, plan: BeginPlan): Step[] {
  const { system } = work
  const { cloud, from, to, isBanned, bannedFor, isFromLost } = plan
  const ban: Step = {
    name: `keeping the side of ${cloud.name} on ${from} down`,
    run: () => changeCib(system, cib => sideBanPatch(cloud.name, { from, to }, cib)),
  }
  const undoableBan: Step = { ...ban, undo: () => deleteAt(system, sideBanPath(cloud.name)) }
  // what an earlier call has done may have gone further than what is undone
  const banning = isBanned ? (bannedFor === to ? [] : [ban]) : [undoableBan]
  return [...banning, ...(isFromLost ? [] : [awaitStop(work, plan)]), awaitAlone(work, plan)]
}

function awaitStop({ system, interruption }: Work, { cloud, from }: BeginPlan): Step {
  const { lvm, drbd, target, address } = resourceIds(cloud.name)
  const parts: readonly string[] = [lvm, drbd, target, address]
  return {
    name: `waiting until it is down`,
    waits: true,
    run: async () => {
      const earlierFailures = parseClusterStatus(await monitorCluster(system)).failures
      await poll(system, { seconds: STOP_SECONDS, interruption }, async () => {
        const monitor = await monitorCluster(system)
        const failure = newFailure(monitor, { node: from, parts, earlierFailures })
        if (failure?.startsWith('stop ')) throw new Error(failure)
        const running = parseActiveResources(monitor).filter(({ id, node }) => node === from && parts.includes(id))
        const pending = parsePendingResources(monitor).filter(id => parts.includes(id))
        if (running.length === 0 && pending.length === 0) return undefined
        const ids = [...new Set([...running.map(({ id }) => id), ...pending])].join(', ')
        return `${ids} still running on ${from} after ${STOP_SECONDS} s; see "crm_mon -1rf"`
      })
    },
  }
}

/** How long the sides that stay may take to go on without the old one: its loss may have to be proven first. */
const ALONE_SECONDS = 120

/** Nothing is removed or changed before they are known to go on. */
function awaitAlone({ system, interruption }: Work, { cloud, stays }: BeginPlan): Step {
  return {
    name: `checking that ${cloud.name} goes on with ${joinedNames(stays)}`,
    waits: true,
    run: () =>
      poll(system, { seconds: ALONE_SECONDS, interruption }, async () => {
        const sides = await replicationOf(system, cloud, stays)
        const areGood = sides.every(side => isKnown(side) && side.disk === 'UpToDate' && side.suspended === null)
        const isUsed = sides.some(side => isKnown(side) && side.role === 'Primary')
        return areGood && isUsed ? undefined : `it does not: ${statesText(sides)}`
      }),
  }
}

/**
 * Makes the sides that stay expect the new node. Nothing to do for a new disk on a node with the same address, unless an earlier call may
 * have written the file only.
 */
export function filesSteps({ system }: Work, { after, from, to, stays, isBanned, files }: BeginPlan): Step[] {
  const { present, wanted } = files
  const isChanged = present !== wanted
  if (!isChanged && to === from && !isBanned) return []
  const replaced = sidesIn(wanted).find(({ node }) => node === to)?.nodeId
  const apply = () =>
    allOf(
      stays.map(async node => {
        if (replaced !== undefined && to !== from) await dropPeer(system, node, after.name, replaced)
        await drbdadmOn(system, node, ['adjust', after.name])
      }),
    )
  return [
    {
      name: `making DRBD on ${joinedNames(stays)} expect ${to}`,
      run: async () => {
        if (isChanged) await allOf(stays.map(node => replaceResourceFile(system, node, after, wanted)))
        await apply()
      },
      undo: async () => {
        if (isChanged) await allOf(stays.map(node => restoreResourceFile(system, node, after, present)))
        await apply()
      },
    },
  ]
}
