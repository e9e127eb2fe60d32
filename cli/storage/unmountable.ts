import type { CibSnapshot } from '../../cloud/cib/snapshot.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import { parseActiveResources } from '../../cloud/pacemaker/active-resources.ts'
import { parseClusterStatus } from '../../cloud/pacemaker/cluster-status.ts'
import { partObstacles } from '../../cloud/readiness/obstacles/obstacles.ts'
import { vserverObstacles } from '../../cloud/readiness/obstacles/vservers.ts'
import { vserversDue } from '../../cloud/readiness/part.ts'
import type { System } from '../../system/system.ts'
import { situationOf } from '../clouds/situation.ts'
import { partFacts } from '../cluster/readiness/node-facts.ts'
import { readinessAnswers } from '../cluster/readiness/readiness.ts'

/** What the readiness of a node is judged by. */
export interface Seen {
  readonly snapshot: CibSnapshot
  /** Of crm_mon. */
  readonly monitor: string
}

/** Why a node could not mount a cloud, or not run its vservers; undefined if nothing known is in the way. Queries the node; no answer is no reason. */
export async function whyUnmountable(
  system: System,
  { snapshot, monitor }: Seen,
  { cloud, node }: { readonly cloud: Cloud; readonly node: string },
): Promise<string | undefined> {
  const situation = situationOf(snapshot, parseClusterStatus(monitor))
  const vservers = vserversDue(snapshot.cluster, cloud.name)
  const found = [
    ...partObstacles(situation, cloud, 'mount', node),
    ...vservers.flatMap(vserver => vserverObstacles(situation, cloud, vserver, node)),
  ]
  const examined = (await readinessAnswers(system, [node], [cloud])).get(node)
  const active = parseActiveResources(monitor)
  const facts = examined === undefined ? [] : partFacts(examined, { cloud, part: 'mount', active, vservers })
  const texts = [...found, ...facts].map(({ what, todo }) => `${what} (${todo})`)
  return texts.length === 0 ? undefined : `${node} cannot mount ${cloud.name}: ${texts.join('; ')}`
}
