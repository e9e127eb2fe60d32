import { forgetFailedConnections } from '../../../system/nodes/connection.ts'
import { stopVerification, type VerificationEnd, verificationEnd } from '../../../system/nodes/drbd/verification.ts'
import { poll } from '../../clouds/lifecycle.ts'
import {
  isBeingVerified,
  isInSync,
  isKnown,
  type Replication,
  replicationOf,
  type UnknownReplication,
} from '../../clouds/replication/replication.ts'
import { statesText } from '../../clouds/replication/texts.ts'
import { interruptible } from '../../run/interruptible.ts'
import { messageOf, runSteps, type Work } from '../../run/steps.ts'
import type { Running } from './begin.ts'
import { differentBytes } from './obstacles.ts'

const PAUSE_MILLISECONDS = 3000
/** How long nothing may be seen of it, as while a node does not answer by ssh. */
const LOST_SECONDS = 60

/** What a verification found. */
export interface Found {
  readonly differentBytes: number
  readonly seconds: number
}

/**
 * Waits until a verification has come to its end, however long that takes; prints its progress. An interruption stops it if this call has
 * started it.
 * @throws StepFailed when it was broken off, or interrupted.
 */
export async function awaitEnd(work: Work, running: Running): Promise<Found> {
  const { cloud, isOwn } = running
  const { promise, resolve } = Promise.withResolvers<Found>()
  const step = {
    name: `comparing the two sides of ${cloud.name}: I/O continues`,
    waits: true as const,
    run: async () => resolve(await wait(work, running)),
  }
  try {
    await runSteps([step], work)
  } catch (error) {
    if (work.interruption.aborted) {
      if (isOwn) await stop(work, running)
      else work.print(`another vhacs has started the verification of ${cloud.name}: it goes on`)
    }
    throw error
  }
  return promise
}

async function wait(work: Work, { cloud, node }: Running): Promise<Found> {
  const { system, interruption } = work
  const reading = interruptible(system, interruption)
  const sides = await untilConnected(work, reading, cloud)
  const seen: { end?: VerificationEnd | undefined } = {}
  await poll(system, { seconds: LOST_SECONDS, interruption }, async () => {
    seen.end = await verificationEnd(reading, node, cloud.minor)
    return undefined
  })
  const { end } = seen
  if (end === undefined) throw new Error(`the kernel log of ${node} does not show its end, so it counts as broken off`)
  if (!end.isComplete) throw new Error('it was broken off before its end: run the same command again')
  // what differed may have been copied since, if the sides have connected again
  return { differentBytes: Math.max(differentBytes(sides), end.differentBytes), seconds: end.seconds }
}

type Sides = readonly (Replication | UnknownReplication)[]

async function untilConnected(work: Work, reading: Work['system'], cloud: Running['cloud']): Promise<Sides> {
  const { system, print, interruption } = work
  let seenAt = system.now()
  let printed = 0
  for (;;) {
    const sides = await replicationOf(reading, cloud)
    if (isInSync(sides)) return sides
    if (isBeingVerified(sides)) seenAt = system.now()
    else if (system.now() - seenAt > LOST_SECONDS * 1000)
      throw new Error(
        `it was broken off (${statesText(sides)}): run the same command again when both sides are in sync`,
      )
    const percent = Math.max(0, ...sides.flatMap(side => (isKnown(side) ? (side.syncedPercent ?? []) : [])))
    if (isBeingVerified(sides) && percent >= printed + 10) {
      print(`${percent}% of ${cloud.name} are compared`)
      printed = percent
    }
    await system.sleep(PAUSE_MILLISECONDS, interruption)
    forgetFailedConnections(system)
  }
}

/** After an interruption. */
async function stop({ system, print }: Work, { cloud, node }: Running): Promise<void> {
  const { name } = cloud
  print(`stopping the verification of ${name} on ${node}`)
  try {
    const sides = await replicationOf(system, cloud)
    const side = sides.find(found => found.node === node)
    if (side !== undefined && !isKnown(side)) throw new Error(side.problem)
    // one that has just ended would be started again, for one block
    if (isBeingVerified(sides)) await stopVerification(system, node, name)
  } catch (error) {
    print(
      `NOT STOPPED: the verification of ${name} on ${node} (${messageOf(error)}): stop it there with "drbdadm -- --stop=0 verify ${name}"`,
    )
  }
}
