import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import { coordinatorIn } from '../../../cloud/pacemaker/coordinator.ts'
import { lastRehearsal } from '../../../cloud/rehearsal/record.ts'
import { hostName } from '../../../system/host-name.ts'
import { monitorCluster } from '../../../system/pacemaker/cib/cib.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { interruptible } from '../../run/interruptible.ts'
import { withClusterLock } from '../../run/lock.ts'
import type { Work } from '../../run/steps.ts'
import { candidatesOf, refusal } from './current.ts'
import { rehearse } from './rehearsal.ts'

/** Timers of all nodes fire within less than this, and those of two nights are further apart. */
const PAUSE_HOURS = 6

/**
 * Rehearses one of these clouds, that whose last rehearsal was the longest ago. Does nothing on nodes that do not coordinate the cluster,
 * nor if any was rehearsed a short time ago: the coordinator may change while the timers of the nodes fire.
 * @throws RangeError when none can be rehearsed.
 */
export async function rehearseNightly(work: Work, names: readonly string[]): Promise<void> {
  const { system, print } = work
  const coordinator = coordinatorIn(await monitorCluster(system))
  if (coordinator !== hostName(system)) {
    print(`nothing to do on this node: ${coordinator ?? 'no node'} coordinates the cluster`)
    return
  }
  await withClusterLock(work, async () => {
    const snapshot = await readCib(system)
    const due = dueClouds(snapshot.cluster, names, system.now())
    if (typeof due === 'string') {
      print(due)
      return
    }
    const refused: string[] = []
    for (const name of due) {
      const [candidate] = await candidatesOf(interruptible(system, work.interruption), snapshot, [name])
      if (candidate === undefined) continue
      if ('route' in candidate) return rehearse(work, candidate.route)
      refused.push(...refusal(candidate))
      refusal(candidate).forEach(print)
    }
    throw new RangeError(`no storage can be rehearsed: ${refused.join('; ')} (nothing was changed)`)
  })
}

/** The active clouds among these, that whose rehearsal was the longest ago first; or why none is due. */
function dueClouds({ clouds, nodes }: Cluster, names: readonly string[], now: number): string[] | string {
  const active = clouds.filter(({ name, state }) => state === 'active' && names.includes(name))
  if (active.length === 0) return 'nothing to do: no storage is active'
  const times = new Map(clouds.map(({ name }) => [name, Date.parse(lastRehearsal(name, nodes)?.at ?? '') || 0]))
  const recent = clouds.find(({ name }) => now - (times.get(name) ?? 0) < PAUSE_HOURS * 3600 * 1000)
  if (recent) return `nothing to do: ${recent.name} was rehearsed less than ${PAUSE_HOURS} hours ago`
  // clouds are sorted by name, and equal ones stay in that order
  return active.map(({ name }) => name).sort((one, other) => (times.get(one) ?? 0) - (times.get(other) ?? 0))
}
