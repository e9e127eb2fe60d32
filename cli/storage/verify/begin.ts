import type { Cloud } from '../../../cloud/cloud.ts'
import { lastVerification } from '../../../cloud/verification/record.ts'
import { forgetFailedConnections } from '../../../system/nodes/connection.ts'
import { startVerification } from '../../../system/nodes/drbd/verification.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { isKnown, replicationOf } from '../../clouds/replication/replication.ts'
import { selectClouds } from '../../clouds/select.ts'
import { interruptible } from '../../run/interruptible.ts'
import { withClusterLock } from '../../run/lock.ts'
import { runSteps, type Work } from '../../run/steps.ts'
import { algorithmSteps } from './algorithm.ts'
import { activityAmong, primaryAmong, verificationObstacle } from './obstacles.ts'

/** A verification that runs in the kernels of both sides. */
export interface Running {
  readonly cloud: Cloud
  /** The side that asks and compares: its kernel logs the end. */
  readonly node: string
  /** Whether this call has started it. */
  readonly isOwn: boolean
  /** Whether no earlier one has come to its end. */
  readonly isFirst: boolean
}

const PAUSE_MILLISECONDS = 5000

/**
 * Starts the verification of a cloud, or joins one that runs already, which a vhacs that was killed has left. One runs at a time in the
 * cluster, and none beside a resync: this waits for others.
 * @throws RangeError for a cloud that cannot be verified, StepFailed.
 */
export async function beginVerification(work: Work, name: string): Promise<Running> {
  const { system, print, interruption, isDryRun } = work
  const reading = interruptible(system, interruption)
  let printed = ''
  for (;;) {
    // without the lock, which others may need meanwhile
    const busy = await othersActivity(reading, name)
    const begun = busy === undefined || isDryRun ? await withClusterLock(work, () => tryBegin(work, name)) : busy
    if (typeof begun !== 'string') return begun
    if (begun !== printed) print(`waiting: ${begun}`)
    printed = begun
    await system.sleep(PAUSE_MILLISECONDS, interruption)
    forgetFailedConnections(system)
  }
}

async function othersActivity(system: Work['system'], name: string): Promise<string | undefined> {
  const { cluster } = await readCib(system)
  const others = cluster.clouds.filter(cloud => cloud.name !== name && cloud.state === 'active')
  return activityAmong(system, others)
}

/** With the lock: returns why it must wait if another one has begun since. */
async function tryBegin(work: Work, name: string): Promise<Running | string> {
  const { system, isDryRun } = work
  const reading = interruptible(system, work.interruption)
  const busy = await othersActivity(reading, name)
  if (busy !== undefined && !isDryRun) return busy
  const { cluster } = await readCib(reading)
  const [cloud] = selectClouds(name, cluster)
  if (cloud === undefined) throw new RangeError(`there is no storage ${name}`)
  const isFirst = lastVerification(name, cluster.nodes) === undefined
  const obstacle = await verificationObstacle(reading, cloud)
  if (obstacle !== undefined) throw new RangeError(refusalText(cloud, obstacle))
  const sides = await replicationOf(reading, cloud)
  const running = sides.filter(isKnown).find(({ connection }) => connection === 'VerifyS')
  if (running) {
    work.print(`${name} is being verified already, by ${running.node}: waiting for the end of that`)
    return { cloud, node: running.node, isOwn: false, isFirst }
  }
  // where no I/O of a client has to wait for the start
  const node = cloud.storageNodes.find(one => one !== primaryAmong(sides)) ?? cloud.storageNodes[1]
  await runSteps(
    [
      ...(await algorithmSteps(work, cloud)),
      { name: `starting the verification of ${name} on ${node}`, run: () => startVerification(system, node, name) },
    ],
    work,
  )
  return { cloud, node, isOwn: true, isFirst }
}

/** Why a cloud is refused. */
export function refusalText({ name }: Pick<Cloud, 'name'>, obstacle: string): string {
  return `${name} cannot be verified: ${obstacle}`
}
