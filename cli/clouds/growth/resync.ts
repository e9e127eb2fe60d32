import type { Cloud } from '../../../cloud/cloud.ts'
import { reconnect } from '../../../system/nodes/disk/drbd-size.ts'
import { forgetFailedConnections } from '../../../system/nodes/ssh.ts'
import { runSteps, type Work } from '../../run/steps.ts'
import { isInSync, isKnown, type Replication, replicationOf, type UnknownReplication } from '../replication.ts'

const PAUSE_MILLISECONDS = 3000
/** How long the sides may be in another state than a resync, as when the connection is lost for a moment. */
const STALL_SECONDS = 120

/**
 * Waits until both sides of a cloud have the same data, however long the resync takes; prints its progress. Sides that agree about being
 * up to date but not about all blocks are connected again: DRBD grows by itself when it connects, and then copies nothing.
 * @throws StepFailed when there is no resync, and they are not in sync.
 */
export async function waitForResync(work: Work, cloud: Cloud): Promise<void> {
  const name = `waiting until the sides of ${cloud.name} are in sync; there is no redundancy until then`
  await runSteps([{ name, waits: true, run: () => wait(work, cloud) }], work)
}

type Sides = readonly (Replication | UnknownReplication)[]

async function wait({ system, print, interruption }: Work, cloud: Cloud): Promise<void> {
  let stalledAt = system.now()
  let printed = 0
  let isReconnected = false
  for (;;) {
    const sides = await replicationOf(system, cloud)
    const isDiffering = sides.some(side => isKnown(side) && side.outOfSyncBytes > 0)
    if (isInSync(sides) && !isDiffering) return
    const secondary = sides.find(side => isKnown(side) && side.role === 'Secondary')
    if (isInSync(sides) && !isReconnected && secondary !== undefined) {
      print(`connecting ${secondary.node} again, so that the new area is copied`)
      await reconnect(system, secondary.node, cloud.name)
      isReconnected = true
    }
    const percent = progressOf(sides)
    if (percent !== undefined) stalledAt = system.now()
    if (percent !== undefined && percent >= printed + 10) {
      printed = percent
      print(`${percent}% are in sync`)
    }
    if (system.now() - stalledAt > STALL_SECONDS * 1000) throw new Error(stateText(sides))
    await system.sleep(PAUSE_MILLISECONDS, interruption)
    forgetFailedConnections(system)
  }
}

function progressOf(sides: Sides): number | undefined {
  const percents = sides.flatMap(side => (isKnown(side) && side.syncedPercent !== null ? [side.syncedPercent] : []))
  return percents.length === 0 ? undefined : Math.max(...percents)
}

function stateText(sides: Sides): string {
  const texts = sides.map(side =>
    isKnown(side) ? `${side.node}: ${side.connection}, ${side.disk}` : `${side.node}: ${side.problem}`,
  )
  return `they are not, and there is no resync (${texts.join('; ')})`
}
