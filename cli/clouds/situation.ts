import type { CibSnapshot } from '../../cloud/cib/snapshot.ts'
import type { ClusterStatus } from '../../cloud/pacemaker/cluster-status.ts'
import type { Situation } from '../../cloud/readiness/situation.ts'
import { fenceConstraints } from '../../system/drbd/fence-constraint.ts'

/** What the readiness of clouds is judged in. */
export function situationOf(
  { root: cib, cluster, text }: CibSnapshot,
  { haStatus }: Pick<ClusterStatus, 'haStatus'>,
): Situation {
  return { cib, cluster, haStatus, fences: new Set(fenceConstraints(text).map(({ id }) => id)) }
}
