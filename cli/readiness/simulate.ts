import type { CibSnapshot } from '../../cloud/cib/snapshot.ts'
import type { ActiveResource } from '../../cloud/pacemaker/active-resources.ts'
import type { ClusterStatus } from '../../cloud/pacemaker/cluster-status.ts'
import { decisionsIn } from '../../cloud/pacemaker/decisions.ts'
import { type Absence, cibWithout } from '../../cloud/readiness/absence.ts'
import type { Situation } from '../../cloud/readiness/situation.ts'
import { merged, quorumIsLost, type Takeover, takeovers } from '../../cloud/readiness/takeovers.ts'
import { parseXml } from '../../cloud/xml.ts'
import { plannedActions } from '../../system/pacemaker/cib/simulate.ts'
import type { System } from '../../system/system.ts'
import { situationOf } from '../clouds/situation.ts'

/** What the readiness is judged by. */
export interface Known {
  readonly snapshot: CibSnapshot
  readonly status: ClusterStatus
  readonly active: readonly ActiveResource[]
}

/**
 * What Pacemaker would do with the active clouds if a node were lost, and if it were put in standby: for each of these nodes that is
 * up. The scheduler runs twice for each, on a copy of the CIB.
 * @throws ToolFailed
 */
export async function simulatedTakeovers(
  system: System,
  { snapshot, status, active }: Known,
  nodes: readonly string[],
): Promise<Takeover[]> {
  const situation = situationOf(snapshot, status)
  if (!snapshot.cluster.clouds.some(({ state }) => state === 'active')) return []
  const found: Takeover[] = []
  for (const node of nodes.filter(name => UP.includes(status.haStatus.get(name) ?? 'offline'))) {
    // two at a time: a cluster may have sixteen nodes
    const both = (['loss', 'standby'] as const).map(how => simulated(system, situation, active, { node, how }))
    found.push(...(await Promise.all(both)).flat())
  }
  return merged(found)
}

/** The states of a node that has something to lose. */
const UP = ['online', 'standby', 'maintenance']

async function simulated(
  system: System,
  situation: Situation,
  active: readonly ActiveResource[],
  absence: Absence,
): Promise<Takeover[]> {
  const cib = cibWithout(situation.cib, absence, { costsQuorum: quorumIsLost(situation, absence) })
  const decisions = decisionsIn(parseXml(await plannedActions(system, cib)))
  return takeovers(situation, active, { absence, decisions })
}
