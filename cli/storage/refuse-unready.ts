import type { CibSnapshot } from '../../cloud/cib/snapshot.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import { type ActiveResource, parseActiveResources } from '../../cloud/pacemaker/active-resources.ts'
import { parseClusterStatus } from '../../cloud/pacemaker/cluster-status.ts'
import { generalObstacles } from '../../cloud/readiness/obstacles/obstacles.ts'
import { PARTS, partPlaces, vserversDue } from '../../cloud/readiness/part.ts'
import type { Situation } from '../../cloud/readiness/situation.ts'
import { monitorCluster } from '../../system/pacemaker/cib/cib.ts'
import type { System } from '../../system/system.ts'
import { situationOf } from '../clouds/situation.ts'
import { partFacts } from '../cluster/readiness/node-facts.ts'
import { type Answers, readinessAnswers } from '../cluster/readiness/readiness.ts'

/**
 * Refuses clouds that would be stopped and could not start again where they are; returns what Pacemaker runs. Queries the nodes that run
 * them; one that does not answer is no reason.
 * @throws RangeError that names what is in the way.
 */
export async function refuseUnready(
  system: System,
  snapshot: CibSnapshot,
  clouds: readonly Cloud[],
): Promise<readonly ActiveResource[]> {
  const monitor = await monitorCluster(system)
  const active = parseActiveResources(monitor)
  const places = clouds.flatMap(cloud => Object.values(partPlaces(cloud, active)).filter(node => node !== undefined))
  const answers = await readinessAnswers(system, [...new Set(places)], clouds)
  const situation = situationOf(snapshot, parseClusterStatus(monitor))
  const texts = clouds.flatMap(cloud => {
    const found = [...new Set(reasons(situation, cloud, { active, answers }))]
    return found.length === 0 ? [] : [`${cloud.name} would not start again: ${found.join('; ')}`]
  })
  if (texts.length === 0) return active
  const todo = `repair that first; "vhacs storage --standby ${clouds.map(({ name }) => name).join(',')}" only stops`
  throw new RangeError(`${texts.join('; ')}: ${todo} (nothing was changed)`)
}

function reasons(
  situation: Situation,
  cloud: Cloud,
  { active, answers }: { readonly active: readonly ActiveResource[]; readonly answers: Answers },
): string[] {
  const places = partPlaces(cloud, active)
  const vservers = vserversDue(situation.cluster, cloud.name)
  return PARTS.flatMap(part => {
    const node = places[part]
    const examined = node === undefined ? undefined : answers.get(node)
    const facts = examined === undefined ? [] : partFacts(examined, { cloud, part, active, vservers })
    return [
      ...generalObstacles(situation, cloud, part).map(({ what, todo }) => `${what} (${todo})`),
      ...facts.map(({ what, todo }) => `${node}: ${what} (${todo})`),
    ]
  })
}
