import { verifiable } from '../../../cloud/cib/verifiable.ts'
import { resourceIds } from '../../../cloud/ids.ts'
import { decisionsIn } from '../../../cloud/pacemaker/decisions.ts'
import { placesAfter } from '../../../cloud/pacemaker/places-after.ts'
import { partPlaces } from '../../../cloud/readiness/part.ts'
import { rehearsalPatch } from '../../../cloud/rehearsal/constraint.ts'
import { parseXml } from '../../../cloud/xml.ts'
import { tryPatch } from '../../../system/pacemaker/cib/cib.ts'
import { plannedActions } from '../../../system/pacemaker/cib/simulate.ts'
import type { System } from '../../../system/system.ts'
import { constraintEnd } from '../../clouds/moves/constraint-end.ts'
import type { Route } from '../../clouds/moves/route.ts'
import type { Known } from '../../readiness/simulate.ts'

/** Why the constraint of a rehearsal would not move exactly the export of a cloud: what the scheduler would do on a copy of the CIB. */
export async function whyNotMoved(
  system: System,
  { cloud, to }: Route,
  { snapshot: { text, root }, active }: Known,
): Promise<string | undefined> {
  const patch = rehearsalPatch(cloud.name, to, { end: constraintEnd(system), cib: root })
  const patched = await tryPatch(system, { cib: text, patch, verifiable })
  const decisions = decisionsIn(parseXml(await plannedActions(system, patched)))
  const { drbd, target, address } = resourceIds(cloud.name)
  const moved: readonly string[] = [drbd, target, address]
  const others = new Set(decisions.map(({ resource }) => resource).filter(resource => !moved.includes(resource)))
  if (others.size > 0)
    return `Pacemaker would also act on ${[...others].sort().join(', ')} (wait until it has nothing to do: "crm_resource --wait")`
  if (partPlaces(cloud, placesAfter(active, decisions)).export === to) return undefined
  return `Pacemaker would not move its export to ${to} (see the scores: crm_simulate --live-check --show-scores)`
}
