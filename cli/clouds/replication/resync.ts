import type { Cloud } from '../../../cloud/cloud.ts'
import { forgetFailedConnections } from '../../../system/nodes/connection.ts'
import { reconnect } from '../../../system/nodes/disk/drbd-size.ts'
import { type Print, runSteps, type Work } from '../../run/steps.ts'
import { isInSync, isKnown, type Replication, replicationOf, type UnknownReplication } from './replication.ts'
import { statesText } from './texts.ts'

const PAUSE_MILLISECONDS = 3000
/** How long the sides may be in another state than a resync, as when the connection is lost for a moment. */
const STALL_SECONDS = 120

/**
 * Waits until all sides of a cloud have the same data, however long the resync takes; prints its progress. Sides that agree about being
 * up to date but not about all blocks are connected again: DRBD grows by itself when it connects, and then copies nothing.
 * @throws StepFailed when there is no resync, and they are not in sync.
 */
export async function waitForResync(work: Work, cloud: Cloud): Promise<void> {
  const redundancy = cloud.storageNodes.length === 2 ? 'no redundancy' : 'less redundancy'
  const name = `waiting until the sides of ${cloud.name} are in sync: ${redundancy} until then (DRBD goes on if you interrupt this)`
  await runSteps([{ name, waits: true, run: () => wait(work, cloud) }], work)
}

type Sides = readonly (Replication | UnknownReplication)[]

async function wait(work: Work, cloud: Cloud): Promise<void> {
  const { system, print, interruption } = work
  let stalledAt = system.now()
  let printed = 0
  let differing = 0
  for (;;) {
    const sides = await replicationOf(system, cloud)
    if (isInSync(sides)) {
      if (!sides.some(differs)) return
      differing += 1
      // a resync begins within a moment
      if (differing === 2) await copyMarked(work, cloud, sides)
    }
    const percent = progressOf(sides)
    if (percent !== undefined) stalledAt = system.now()
    printed = printProgress(print, percent ?? 0, printed)
    if (system.now() - stalledAt > STALL_SECONDS * 1000)
      throw new Error(`they are not, and there is no resync (${statesText(sides)})`)
    await system.sleep(PAUSE_MILLISECONDS, interruption)
    forgetFailedConnections(system)
  }
}

/** Returns what was printed last. */
function printProgress(print: Print, percent: number, printed: number): number {
  if (percent < printed + 10) return printed
  print(`${percent}% are in sync`)
  return percent
}

async function copyMarked({ system, print }: Work, { name }: Cloud, sides: Sides): Promise<void> {
  const secondary = sides.find(side => isKnown(side) && side.role === 'Secondary')?.node
  if (secondary === undefined) return
  print(`connecting ${secondary} again, so that what differs is copied`)
  await reconnect(system, secondary, name)
}

function differs(side: Replication | UnknownReplication): boolean {
  return isKnown(side) && side.outOfSyncBytes > 0
}

function progressOf(sides: Sides): number | undefined {
  const percents = sides.flatMap(side => (isKnown(side) && side.syncedPercent !== null ? [side.syncedPercent] : []))
  return percents.length === 0 ? undefined : Math.max(...percents)
}
