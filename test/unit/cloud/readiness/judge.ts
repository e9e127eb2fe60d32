import { parseSnapshot } from '../../../../cloud/cib/snapshot.ts'
import { parseActiveResources } from '../../../../cloud/pacemaker/active-resources.ts'
import { parseClusterStatus } from '../../../../cloud/pacemaker/cluster-status.ts'
import { decisionsIn } from '../../../../cloud/pacemaker/decisions.ts'
import { type Absence, cibWithout } from '../../../../cloud/readiness/absence.ts'
import type { Situation } from '../../../../cloud/readiness/situation.ts'
import { quorumIsLost, type Takeover, takeovers } from '../../../../cloud/readiness/takeovers.ts'
import { parseXml } from '../../../../cloud/xml.ts'
import { fenceConstraints } from '../../../../system/drbd/fence-constraint.ts'
import { planned } from '../pacemaker.ts'

/** What the real scheduler does about an absence, and what is said of it. */
export function judged(cib: string, absence: Absence): Takeover[] {
  const now = planned(cib)
  const { root, cluster } = parseSnapshot(cib)
  const situation: Situation = {
    cib: root,
    cluster,
    haStatus: parseClusterStatus(now).haStatus,
    fences: new Set(fenceConstraints(cib).map(({ id }) => id)),
  }
  const without = cibWithout(root, absence, { costsQuorum: quorumIsLost(situation, absence) })
  const decisions = decisionsIn(parseXml(planned(without)))
  return takeovers(situation, parseActiveResources(now), { absence, decisions })
}
