import type { Cloud } from '../../../cloud/cloud.ts'
import { reconnect } from '../../../system/nodes/disk/drbd-size.ts'
import { drbdadmOn } from '../../../system/nodes/drbd/drbdadm.ts'
import type { System } from '../../../system/system.ts'
import {
  isInSync,
  isKnown,
  isSplit,
  type Replication,
  replicationOf,
  type UnknownReplication,
} from '../../clouds/replication/replication.ts'
import { waitForResync } from '../../clouds/replication/resync.ts'
import { statesText } from '../../clouds/replication/texts.ts'
import { interruptible } from '../../run/interruptible.ts'
import { withClusterLock } from '../../run/lock.ts'
import { runSteps, type Step, type Work } from '../../run/steps.ts'
import { roundedSize } from '../../terminal/sizes.ts'
import { differentBytes, primaryAmong } from './obstacles.ts'

type Sides = readonly (Replication | UnknownReplication)[]

/**
 * Copies what is marked as different from the side that is primary, whose data the mount has, to the other one, which cannot take over
 * meanwhile. Returns how much that was, 0 if nothing is marked. A copy that was broken off is completed.
 * @throws RangeError, before any change, where it is not clear what to copy; StepFailed.
 */
export async function copyDifferences(work: Work, cloud: Cloud): Promise<number> {
  const { system } = work
  const bytes = await withClusterLock(work, async () => {
    const sides = await replicationOf(interruptible(system, work.interruption), cloud)
    await runSteps(copySteps(system, cloud, sides), work)
    return differentBytes(sides)
  })
  if (bytes > 0) await waitForResync(work, cloud)
  return bytes
}

/** Why nothing can be copied; undefined if something can, or nothing is different. */
export async function copyObstacle(system: System, cloud: Cloud): Promise<string | undefined> {
  try {
    copySteps(system, cloud, await replicationOf(system, cloud))
    return undefined
  } catch (error) {
    if (error instanceof RangeError) return error.message
    throw error
  }
}

/** DRBD copies what is marked when the sides connect again and the primary was written to, or notes that it could have been. */
function copySteps(system: System, { name }: Cloud, sides: Sides): Step[] {
  const from = primaryAmong(sides)
  const to = sides.find(({ node }) => node !== from)
  const details = `see "vhacs storage --info ${name}"`
  if (sides.length > 2) throw new RangeError('it has three sides, and vhacs only compares two')
  if (from === undefined || to === undefined || !isKnown(to))
    throw new RangeError(`not exactly one side is primary, so neither is the source (${statesText(sides)}): ${details}`)
  if (isInSync(sides)) {
    const bytes = differentBytes(sides)
    if (bytes === 0) return []
    const step = `copying ${roundedSize(bytes)} of ${name} from ${from}, which is primary and has what the mount shows, to ${to.node}`
    return [{ name: step, run: () => reconnect(system, to.node, name) }]
  }
  // a copy that runs, or was killed between the two commands of "reconnect"
  if (sides.some(side => isKnown(side) && side.syncedPercent !== null && !side.connection.startsWith('Verify')))
    return []
  if (to.connection === 'StandAlone' && to.disk === 'Outdated' && !isSplit(sides))
    return [
      {
        name: `connecting ${to.node} again, so that what differs is copied from ${from}`,
        run: async () => {
          await drbdadmOn(system, to.node, ['connect', name])
        },
      },
    ]
  throw new RangeError(`its two sides are not both Connected and UpToDate (${statesText(sides)}): ${details}`)
}
