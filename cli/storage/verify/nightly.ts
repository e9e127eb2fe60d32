import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import { coordinatorIn } from '../../../cloud/pacemaker/coordinator.ts'
import { lastVerification } from '../../../cloud/verification/record.ts'
import { hostName } from '../../../system/host-name.ts'
import { monitorCluster } from '../../../system/pacemaker/cib/cib.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { selectClouds } from '../../clouds/select.ts'
import { interruptible } from '../../run/interruptible.ts'
import { inTurn } from '../../run/jobs.ts'
import type { Work } from '../../run/steps.ts'
import { refusalText } from './begin.ts'
import { activityAmong, verificationObstacle } from './obstacles.ts'
import { verifyCloud } from './verify-cloud.ts'

/** The nights over which the verifications of all storages are spread. */
const NIGHTS = 28
/** A verification is due after so long; the timer may fire somewhat earlier than four weeks ago. */
const DUE_DAYS = NIGHTS - 1

/**
 * Verifies those of these clouds that are due, the one whose last verification was the longest ago first, and in one night only as many as
 * are needed to get through all in four weeks. Does nothing on nodes that do not coordinate the cluster, nor beside a verification or resync.
 * @throws RangeError when none of those that are due can be verified, Error when the sides of one differ.
 */
export async function verifyNightly(work: Work, names: readonly string[]): Promise<void> {
  const { system, print } = work
  const coordinator = coordinatorIn(await monitorCluster(system))
  if (coordinator !== hostName(system))
    return print(`nothing to do on this node: ${coordinator ?? 'no node'} coordinates the cluster`)
  const reading = interruptible(system, work.interruption)
  const { cluster } = await readCib(reading)
  const { due, count } = dueTonight(cluster, names, system.now())
  const busy = due.length === 0 ? 'no storage is due' : await activityAmong(reading, cluster.clouds)
  if (busy !== undefined) return print(`nothing to do: ${busy}`)
  const chosen: { readonly name: string }[] = []
  const refused: string[] = []
  for (const name of due) {
    if (chosen.length === count) break
    const obstacle = await obstacleTo(reading, name, cluster)
    if (obstacle === undefined) chosen.push({ name })
    else refused.push(refusalText({ name }, obstacle))
  }
  refused.forEach(print)
  if (chosen.length === 0)
    throw new RangeError(`no storage can be verified: ${refused.join('; ')} (nothing was changed)`)
  await inTurn(chosen, work, ({ name }) => verifyCloud(work, name))
}

async function obstacleTo(system: Work['system'], name: string, cluster: Cluster): Promise<string | undefined> {
  const [cloud] = selectClouds(name, cluster)
  return cloud && verificationObstacle(system, cloud)
}

/**
 * The names of the active clouds among these that are due, that whose verification was the longest ago first, and how many of them to
 * verify in one night; `now` is in milliseconds since the epoch.
 */
export function dueTonight(
  { clouds, nodes }: Pick<Cluster, 'clouds' | 'nodes'>,
  names: readonly string[],
  now: number,
): { readonly due: string[]; readonly count: number } {
  const active = clouds.filter(({ name, state }) => state === 'active' && names.includes(name))
  const aged = active.map(({ name }) => ({ name, at: Date.parse(lastVerification(name, nodes)?.at ?? '') || 0 }))
  const due = aged.filter(({ at }) => now - at >= DUE_DAYS * 86_400_000)
  // clouds are sorted by name, and equal ones stay in that order
  const sorted = due.sort((one, other) => one.at - other.at).map(({ name }) => name)
  return { due: sorted, count: Math.ceil(active.length / NIGHTS) }
}
