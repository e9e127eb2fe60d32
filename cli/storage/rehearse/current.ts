import type { CibSnapshot } from '../../../cloud/cib/snapshot.ts'
import type { System } from '../../../system/system.ts'
import type { Route } from '../../clouds/moves/route.ts'
import { readCib } from '../../clouds/read-cib.ts'
import { type Candidate, candidatesAmong } from './candidates.ts'

/** Routes for the rehearsals of clouds, as the cluster is now. @throws RangeError that names all that cannot be rehearsed, and why. */
export async function currentRoutes(system: System, names: readonly string[]): Promise<Route[]> {
  const found = await candidatesOf(system, await readCib(system), names)
  const refused = found.flatMap(refusal)
  if (refused.length > 0) throw new RangeError(`${refused.join('; ')} (nothing was changed)`)
  return found.flatMap(candidate => ('route' in candidate ? [candidate.route] : []))
}

/** The candidates in the order of their names; those that the cluster has no more are left out. */
export async function candidatesOf(
  system: System,
  snapshot: CibSnapshot,
  names: readonly string[],
): Promise<Candidate[]> {
  const clouds = names.flatMap(name => snapshot.cluster.clouds.find(cloud => cloud.name === name) ?? [])
  return candidatesAmong(system, snapshot, clouds)
}

/** Why a candidate is none. */
export function refusal(candidate: Candidate): string[] {
  return 'why' in candidate ? [`${candidate.cloud.name} cannot be rehearsed: ${candidate.why}`] : []
}
